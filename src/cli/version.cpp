#include "cli/version.h"

#include "commit.h"

#define QAMERA_TEXT_OF(number) #number
#define QAMERA_TEXT(macro) QAMERA_TEXT_OF(macro)

namespace qamera::cli {

std::string version_text() {
#ifdef QAMERA_STATIC
  constexpr const char* kLinked = ", linked statically";
#else
  constexpr const char* kLinked = "";
#endif
#ifdef __GLIBC__
  constexpr const char* kLibc = ", glibc " QAMERA_TEXT(__GLIBC__) "." QAMERA_TEXT(__GLIBC_MINOR__);
#else
  constexpr const char* kLibc = "";
#endif
  return std::string("qamera-mock " QAMERA_MOCK_VERSION "\ncommit: " QAMERA_COMMIT "\ncompiler: " QAMERA_COMPILER) +
         kLinked + "\nlibraries: " QAMERA_LIBRARIES + kLibc;
}

}  // namespace qamera::cli
