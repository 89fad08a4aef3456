#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace qamera::assets {

struct Color {
  std::uint8_t red = 0, green = 0, blue = 0;
};

/// The colour of a hue (0 to 359 degrees), saturation and value (0 to 255).
Color from_hsv(int hue, int saturation, int value);

/// A place in thousandths of the canvas' width and height.
struct Point {
  int x = 0, y = 0;
};

/// Pixels, and the few shapes that a placeholder is made of. Whole numbers only, so that every machine paints the same.
class Canvas {
 public:
  /// In pixels, each above zero.
  Canvas(int width, int height);

  int width() const { return width_; }
  int height() const { return height_; }
  /// Rows from the top, three bytes a pixel.
  const std::vector<std::uint8_t>& pixels() const { return pixels_; }

  void fill_gradient(Color top_left, Color bottom_right);
  /// How a shape is painted: its colour, and how much of it, of 255.
  struct Paint {
    Color color;
    int opacity = 255;
  };
  /// The radius is in thousandths of the width.
  void ellipse(Point center, int across, int down, Paint paint);
  void rectangle(Point top_left, Point bottom_right, Paint paint);
  void triangle(Point a, Point b, Point c, Paint paint);
  /// A line of text, `scale` pixels to a dot of the font, with its middle at `center`. Cut at the edges.
  void text(std::string_view line, Point center, int scale, Paint paint);

 private:
  /// Paints each pixel of a box, in pixels, of which `is_inside(x, y)`.
  template <typename IsInside>
  void paint(int left, int top, int right, int bottom, Paint paint, const IsInside& is_inside);
  int x_of(int thousandths) const { return thousandths * width_ / 1000; }
  int y_of(int thousandths) const { return thousandths * height_ / 1000; }

  const int width_, height_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace qamera::assets
