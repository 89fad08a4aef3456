# Run by cmake -P. ROOT: a folder. LIST: a file of paths below it, one a line, sorted; `name=path` embeds a
# file from elsewhere under a name. OUTPUT: the source file to write.
file(STRINGS ${LIST} files)
list(LENGTH files count)
set(entries "")
foreach(file IN LISTS files)
  set(path ${ROOT}/${file})
  if(file MATCHES "^([^=]+)=(.*)$")
    set(file ${CMAKE_MATCH_1})
    set(path ${CMAKE_MATCH_2})
  endif()
  file(READ ${path} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  # Every byte is an escape, so what follows an escape is a backslash or the closing quote, never a digit of it.
  string(REGEX REPLACE "(..)" "\\\\x\\1" text "${hex}")
  string(APPEND entries "    {\"${file}\", {\"${text}\", ${size}}},\n")
endforeach()
file(WRITE ${OUTPUT} "// Written by cmake/embed_files.cmake.
#include <array>

#include \"base/embedded.h\"

namespace qamera {
namespace {
// NOLINTBEGIN
constexpr std::array<EmbeddedFile, ${count}> kFiles{{
${entries}}};
// NOLINTEND
}  // namespace

std::span<const EmbeddedFile> embedded_files() { return kFiles; }

}  // namespace qamera
")
