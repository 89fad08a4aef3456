#include "assets/picture.h"

#include <algorithm>

#include "assets/canvas.h"
#include "assets/jpeg.h"
#include "base/hash.h"

namespace qamera::assets {
namespace {

constexpr Color kWhite{255, 255, 255};
constexpr Canvas::Paint kShape{kWhite, 150};
constexpr Canvas::Paint kFaint{kWhite, 80};

void draw_person(Canvas& canvas, int x) {
  canvas.ellipse({x, 300}, 115, 140, kShape);
  canvas.ellipse({x, 800}, 260, 430, kFaint);
}

void draw_figure(Canvas& canvas, Figure figure, int shift) {
  const int x = 500 + shift;
  switch (figure) {
    case Figure::kBottle:
      canvas.rectangle({x - 50, 180}, {x + 50, 320}, kFaint);
      canvas.rectangle({x - 130, 320}, {x + 130, 760}, kShape);
      break;
    case Figure::kPerson: draw_person(canvas, x); break;
    case Figure::kPersonWithBag:
      draw_person(canvas, x);
      canvas.rectangle({x + 60, 600}, {x + 260, 740}, kShape);
      break;
    case Figure::kHills:
      canvas.ellipse({x + 200, 270}, 65, 65, kShape);
      canvas.triangle({-100, 1000}, {x - 230, 330}, {x + 250, 1000}, kFaint);
      canvas.triangle({x - 200, 1000}, {x + 130, 470}, {1100, 1000}, kShape);
      break;
    case Figure::kBox:
      canvas.ellipse({x, 760}, 300, 50, kFaint);
      canvas.rectangle({x - 220, 300}, {x + 220, 760}, kShape);
      canvas.rectangle({x - 220, 300}, {x + 220, 380}, kFaint);
      break;
    case Figure::kPlayButton: {
      const int half = 60 * canvas.width() / canvas.height();
      canvas.ellipse({x, 420}, 110, 110, kFaint);
      canvas.triangle({x - 35, 420 - half}, {x - 35, 420 + half}, {x + 65, 420}, kShape);
      break;
    }
  }
}

/// The name in as many lines as it takes, on a ground that it can be read on.
void draw_caption(Canvas& canvas, std::string_view folder, std::string_view name) {
  constexpr std::size_t kColumns = 14, kMostLines = 4;
  constexpr std::string_view kThumbnail = "thumb_";
  if (name.starts_with(kThumbnail) && name.size() > kThumbnail.size()) name.remove_prefix(kThumbnail.size());
  const auto columns = static_cast<int>(std::clamp(name.size(), std::size_t{8}, kColumns));
  const int scale = std::max(1, std::min(canvas.width() * 84 / 100 / (6 * columns), canvas.height() / 60));
  const int dot = scale * 1000 / canvas.height();
  const auto lines = static_cast<int>(std::min((name.size() + kColumns - 1) / kColumns, kMostLines));
  int y = 1000 - 6 * dot - (lines - 1) * 9 * dot;
  canvas.rectangle({0, y - 12 * dot}, {1000, 1000}, {Color{0, 0, 0}, 110});
  canvas.text(folder, {500, y - 8 * dot}, std::max(1, scale / 2), {kWhite, 200});
  for (int line = 0; line < lines; ++line, y += 9 * dot) {
    canvas.text(name.substr(0, kColumns), {500, y}, scale, {kWhite, 255});
    name.remove_prefix(std::min(kColumns, name.size()));
  }
}

}  // namespace

std::string draw_picture(const AssetPath& path, int width) {
  const Folder& folder = *path.folder;
  Canvas canvas(width, width * folder.down / folder.across);
  std::uint64_t random = fnv1a(path.name, fnv1a(folder.name));
  const auto up_to = [&](std::uint64_t bound) { return static_cast<int>(split_mix(random) % bound); };
  const int hue = up_to(360);
  canvas.fill_gradient(from_hsv(hue, 120 + up_to(60), 190), from_hsv((hue + 30 + up_to(60)) % 360, 150, 90));
  draw_figure(canvas, folder.figure, up_to(121) - 60);
  draw_caption(canvas, folder.name, path.name);
  return to_jpeg(canvas);
}

}  // namespace qamera::assets
