#pragma once

#include <string>

#include "assets/canvas.h"

namespace qamera::assets {

/// The canvas as a JPEG file (baseline, JFIF). About 50 ns a pixel: not for an event loop.
std::string to_jpeg(const Canvas& canvas);

}  // namespace qamera::assets
