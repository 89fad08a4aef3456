#include "assets/canvas.h"

#include <doctest/doctest.h>

#include <string>

#include "assets/font.h"

namespace qamera::assets {
namespace {

constexpr Color kWhite{255, 255, 255};

/// A row as text: `#` where it is white, `.` where it is black.
std::string row(const Canvas& canvas, int y) {
  std::string shown;
  for (int x = 0; x < canvas.width(); ++x) {
    const int at = (y * canvas.width() + x) * 3;
    shown.push_back(canvas.pixels()[static_cast<std::size_t>(at)] > 127 ? '#' : '.');
  }
  return shown;
}

std::string picture(const Canvas& canvas) {
  std::string shown;
  for (int y = 0; y < canvas.height(); ++y) shown += row(canvas, y) + "\n";
  return shown;
}

bool is(Color color, int red, int green, int blue) {
  return color.red == red && color.green == green && color.blue == blue;
}

}  // namespace

TEST_CASE("canvas: colours by their hue") {
  CHECK(is(from_hsv(0, 255, 200), 200, 0, 0));
  CHECK(is(from_hsv(120, 255, 200), 0, 200, 0));
  CHECK(is(from_hsv(240, 255, 200), 0, 0, 200));
  CHECK(is(from_hsv(60, 255, 200), 200, 200, 0));
  CHECK(is(from_hsv(77, 0, 90), 90, 90, 90));
}

TEST_CASE("canvas: shapes are where they are said to be") {
  Canvas canvas(10, 5);
  canvas.rectangle({200, 200}, {500, 600}, {kWhite});
  CHECK(picture(canvas) ==
        "..........\n"
        "..###.....\n"
        "..###.....\n"
        "..........\n"
        "..........\n");
  Canvas round(9, 9);
  round.ellipse({500, 500}, 340, 340, {kWhite});
  CHECK(row(round, 4) == ".#######.");
  CHECK(row(round, 1) == "....#....");
  CHECK(row(round, 0) == ".........");
  Canvas pointed(8, 4);
  pointed.triangle({0, 0}, {1000, 0}, {0, 1000}, {kWhite});
  CHECK(row(pointed, 0) == "########");
  CHECK(row(pointed, 3) == "###.....");
}

TEST_CASE("canvas: what is outside is cut off, and a half opaque colour mixes") {
  Canvas canvas(4, 4);
  canvas.rectangle({-1000, -1000}, {3000, 3000}, {kWhite, 100});
  CHECK(canvas.pixels() == std::vector<std::uint8_t>(48, 100));
  canvas.ellipse({0, 0}, 5000, 5000, {kWhite});
  canvas.triangle({-5000, -5000}, {9000, 0}, {0, 9000}, {kWhite});
  canvas.text("far too long for this", {500, 500}, 3, {kWhite});
  CHECK(canvas.pixels().size() == 48);
}

TEST_CASE("canvas: a gradient goes from one corner to the other") {
  Canvas canvas(100, 100);
  canvas.fill_gradient({200, 0, 0}, {0, 200, 0});
  CHECK(canvas.pixels()[0] == 200);
  CHECK(canvas.pixels()[100 * 100 * 3 - 3] < 8);
  CHECK(canvas.pixels()[100 * 100 * 3 - 2] > 190);
}

TEST_CASE("canvas: text is in the middle, each dot as large as it is said to be") {
  Canvas canvas(13, 9);
  canvas.text("Hi", {500, 500}, 1, {kWhite});
  CHECK(picture(canvas) ==
        ".............\n"
        ".#...#..###..\n"
        ".#...#...#...\n"
        ".#...#...#...\n"
        ".#####...#...\n"
        ".#...#...#...\n"
        ".#...#...#...\n"
        ".#...#..###..\n"
        ".............\n");
  Canvas large(12, 16);
  large.text("-", {500, 500}, 2, {kWhite});
  CHECK(row(large, 7) == ".##########.");
  CHECK(row(large, 8) == ".##########.");
  CHECK(row(large, 9) == "............");
}

TEST_CASE("canvas: letters differ, cases do not, and what is no letter is a box") {
  const std::string known = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_. ";
  for (std::size_t i = 0; i < known.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      CAPTURE(known[i]);
      CHECK(glyph_of(known[i]) != glyph_of(known[j]));
    }
    CHECK(glyph_of(known[i]) != glyph_of('\xff'));
  }
  CHECK(glyph_of('q') == glyph_of('Q'));
  CHECK(glyph_of('/') == glyph_of('\0'));
}

}  // namespace qamera::assets
