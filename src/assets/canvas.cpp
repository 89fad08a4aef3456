#include "assets/canvas.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "assets/font.h"

namespace qamera::assets {
namespace {

std::uint8_t mixed(int from, int to, int share) { return static_cast<std::uint8_t>(from + (to - from) * share / 255); }

}  // namespace

Color from_hsv(int hue, int saturation, int value) {
  const int low = value * (255 - saturation) / 255;
  // How far the hue is on its way between two of the six corners.
  const int rise = (value - low) * (hue % 60) / 60;
  const std::array<std::array<int, 3>, 6> corners = {{{value, low + rise, low},
                                                      {value - rise, value, low},
                                                      {low, value, low + rise},
                                                      {low, value - rise, value},
                                                      {low + rise, low, value},
                                                      {value, low, value - rise}}};
  const auto& [red, green, blue] = corners[static_cast<std::size_t>(hue / 60 % 6)];
  return {static_cast<std::uint8_t>(red), static_cast<std::uint8_t>(green), static_cast<std::uint8_t>(blue)};
}

Canvas::Canvas(int width, int height)
    : width_(width), height_(height), pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3) {}

void Canvas::fill_gradient(Color from, Color to) {
  std::uint8_t* at = pixels_.data();
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      const int share = (x * 255 / width_ + y * 255 / height_) / 2;
      *at++ = mixed(from.red, to.red, share);
      *at++ = mixed(from.green, to.green, share);
      *at++ = mixed(from.blue, to.blue, share);
    }
  }
}

template <typename IsInside>
void Canvas::paint(int left, int top, int right, int bottom, Paint paint, const IsInside& is_inside) {
  left = std::max(left, 0);
  right = std::min(right, width_ - 1);
  bottom = std::min(bottom, height_ - 1);
  for (int y = std::max(top, 0); y <= bottom; ++y) {
    for (int x = left; x <= right; ++x) {
      if (!is_inside(x, y)) continue;
      std::uint8_t* at =
          &pixels_[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)) * 3];
      at[0] = mixed(at[0], paint.color.red, paint.opacity);
      at[1] = mixed(at[1], paint.color.green, paint.opacity);
      at[2] = mixed(at[2], paint.color.blue, paint.opacity);
    }
  }
}

void Canvas::ellipse(Point center, int across, int down, Paint how) {
  const int cx = x_of(center.x), cy = y_of(center.y);
  const int rx = std::max(x_of(across), 1), ry = std::max(x_of(down), 1);
  const std::int64_t bound = std::int64_t{rx} * rx * ry * ry;
  paint(cx - rx, cy - ry, cx + rx, cy + ry, how, [&](int x, int y) {
    const std::int64_t dx = std::int64_t{x - cx} * ry, dy = std::int64_t{y - cy} * rx;
    return dx * dx + dy * dy <= bound;
  });
}

void Canvas::rectangle(Point top_left, Point bottom_right, Paint how) {
  paint(x_of(top_left.x), y_of(top_left.y), x_of(bottom_right.x) - 1, y_of(bottom_right.y) - 1, how,
        [](int, int) { return true; });
}

void Canvas::triangle(Point a, Point b, Point c, Paint how) {
  const std::array<Point, 3> corners = {{{x_of(a.x), y_of(a.y)}, {x_of(b.x), y_of(b.y)}, {x_of(c.x), y_of(c.y)}}};
  const auto [left, right] = std::minmax({corners[0].x, corners[1].x, corners[2].x});
  const auto [top, bottom] = std::minmax({corners[0].y, corners[1].y, corners[2].y});
  paint(left, top, right, bottom, how, [&](int x, int y) {
    bool is_left = false, is_right = false;  // of some side
    for (std::size_t i = 0; i < 3; ++i) {
      const Point& from = corners[i];
      const Point& to = corners[(i + 1) % 3];
      const std::int64_t side = std::int64_t{to.x - from.x} * (y - from.y) - std::int64_t{to.y - from.y} * (x - from.x);
      is_left = is_left || side < 0;
      is_right = is_right || side > 0;
    }
    return !(is_left && is_right);
  });
}

void Canvas::text(std::string_view line, Point center, int scale, Paint how) {
  const int advance = (kGlyphWidth + 1) * scale;
  int left = x_of(center.x) - (static_cast<int>(line.size()) * advance - scale) / 2;
  const int top = y_of(center.y) - kGlyphHeight * scale / 2;
  for (const char letter : line) {
    const Glyph& glyph = glyph_of(letter);
    paint(left, top, left + kGlyphWidth * scale - 1, top + kGlyphHeight * scale - 1, how, [&](int x, int y) {
      const int column = (x - left) / scale;
      return (glyph[static_cast<std::size_t>((y - top) / scale)] >> (kGlyphWidth - 1 - column) & 1) != 0;
    });
    left += advance;
  }
}

}  // namespace qamera::assets
