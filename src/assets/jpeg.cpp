#include "assets/jpeg.h"

#include "base/check.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

namespace qamera::assets {

std::string to_jpeg(const Canvas& canvas) {
  constexpr int kQuality = 82;
  std::string file;
  const auto append = [](void* to, void* bytes, int count) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
  };
  const int written =
      stbi_write_jpg_to_func(append, &file, canvas.width(), canvas.height(), 3, canvas.pixels().data(), kQuality);
  QM_CHECK(written != 0, "a canvas has pixels");
  return file;
}

}  // namespace qamera::assets
