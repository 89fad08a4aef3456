# Third-party libraries, each under one target name: nlohmann_json::nlohmann_json, CLI11::CLI11, qm_stb, qm_re2,
# qm_httplib, and for the tests doctest::doctest, rapidcheck and qm_valijson. The system's package is used where there
# is one; elsewhere a released archive, pinned by hash, is downloaded. -DFETCHCONTENT_SOURCE_DIR_<NAME>=<checkout> takes
# a local copy in its place, without a network. All but rapidcheck and RE2 are used as headers only, so nothing of
# theirs is configured, built, installed or warned about; of RE2 the sources are compiled, without its own
# configuration.
include(FetchContent)
find_package(Threads REQUIRED)

# What is inside, for --version: "name version", once for each library that is linked or compiled in.
set(QAMERA_LIBRARIES "")
macro(qm_inside name version)
  if("${version}" STREQUAL "")
    list(APPEND QAMERA_LIBRARIES "${name} unknown")
  else()
    list(APPEND QAMERA_LIBRARIES "${name} ${version}")
  endif()
endmacro()

# qm_header_library(TARGET FOLDER): names the headers below FOLDER, as system headers.
function(qm_header_library target folder)
  string(REPLACE ":" "_" name ${target})
  add_library(${name} INTERFACE)
  if(NOT name STREQUAL target)
    add_library(${target} ALIAS ${name})
  endif()
  target_include_directories(${name} SYSTEM INTERFACE ${folder})
endfunction()

# nlohmann/json
FetchContent_Declare(nlohmann_json
  URL https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
  URL_HASH SHA256=d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d
  SOURCE_SUBDIR headers-only
  FIND_PACKAGE_ARGS 3.11)
FetchContent_MakeAvailable(nlohmann_json)
if(NOT TARGET nlohmann_json::nlohmann_json)
  set(nlohmann_json_VERSION 3.11.3)
  qm_header_library(nlohmann_json::nlohmann_json ${nlohmann_json_SOURCE_DIR}/include)
endif()
qm_inside(nlohmann/json "${nlohmann_json_VERSION}")

# CLI11
FetchContent_Declare(CLI11
  URL https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz
  URL_HASH SHA256=f2d893a65c3b1324c50d4e682c0cdc021dd0477ae2c048544f39eed6654b699a
  SOURCE_SUBDIR headers-only
  FIND_PACKAGE_ARGS 2.1)
FetchContent_MakeAvailable(CLI11)
if(NOT TARGET CLI11::CLI11)
  set(CLI11_VERSION 2.4.2)
  qm_header_library(CLI11::CLI11 ${cli11_SOURCE_DIR}/include)
endif()
qm_inside(CLI11 "${CLI11_VERSION}")

# doctest
if(QAMERA_TESTS)
  FetchContent_Declare(doctest
    URL https://github.com/doctest/doctest/archive/refs/tags/v2.4.11.tar.gz
    URL_HASH SHA256=632ed2c05a7f53fa961381497bf8069093f0d6628c5f26286161fbd32a560186
    SOURCE_SUBDIR headers-only
    FIND_PACKAGE_ARGS 2.4)
  FetchContent_MakeAvailable(doctest)
  if(NOT TARGET doctest::doctest)
    qm_header_library(doctest::doctest ${doctest_SOURCE_DIR})
  endif()
endif()

# rapidcheck has no releases: a commit, which is a hash itself.
if(QAMERA_TESTS)
  FetchContent_Declare(rapidcheck
    GIT_REPOSITORY https://github.com/emil-e/rapidcheck.git
    GIT_TAG ff6af6fc683159deb51c543b065eba14dfcf329b
    SYSTEM
    FIND_PACKAGE_ARGS)
  FetchContent_MakeAvailable(rapidcheck)
endif()

# stb_image_write, a header that makes JPEG files of pictures. What is downloaded is the file that Debian has.
set(stb_download ${PROJECT_BINARY_DIR}/_deps/stb)
find_path(QAMERA_STB stb_image_write.h NO_CACHE HINTS ${FETCHCONTENT_SOURCE_DIR_STB} ${stb_download} PATH_SUFFIXES stb)
if(NOT QAMERA_STB)
  set(QAMERA_STB ${stb_download})
  file(DOWNLOAD
    https://raw.githubusercontent.com/nothings/stb/1ee679ca2ef753a528db5ba6801e1067b40481b8/stb_image_write.h
    ${QAMERA_STB}/stb_image_write.h TIMEOUT 60 INACTIVITY_TIMEOUT 15
    EXPECTED_HASH SHA256=cbd5f0ad7a9cf4468affb36354a1d2338034f2c12473cf1a8e32053cb6914a05)
endif()
qm_header_library(qm_stb ${QAMERA_STB})

# Preact with htm, the one file that the dashboard's modules import: scripts/setup unpacks it into .deps with npm.
if(QAMERA_UI)
  set(htm_hash 72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7)
  set(htm_download ${PROJECT_BINARY_DIR}/_deps/htm-3.1.1)
  find_file(QAMERA_PREACT standalone.module.js NO_CACHE NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH
    HINTS ${FETCHCONTENT_SOURCE_DIR_HTM}/preact ${PROJECT_SOURCE_DIR}/.deps/htm-3.1.1/preact ${htm_download})
  if(NOT QAMERA_PREACT)
    set(QAMERA_PREACT ${htm_download}/standalone.module.js)
    foreach(mirror https://cdn.jsdelivr.net/npm https://unpkg.com)
      file(DOWNLOAD ${mirror}/htm@3.1.1/preact/standalone.module.js ${QAMERA_PREACT}.part
        TIMEOUT 60 INACTIVITY_TIMEOUT 15 STATUS htm_status)
      list(GET htm_status 0 htm_failed)
      if(NOT htm_failed)
        file(RENAME ${QAMERA_PREACT}.part ${QAMERA_PREACT})
        break()
      endif()
    endforeach()
    if(htm_failed)
      message(FATAL_ERROR "The dashboard's library, htm 3.1.1, could not be downloaded (${htm_status}). "
        "scripts/setup fetches it with npm; -DFETCHCONTENT_SOURCE_DIR_HTM=<the unpacked npm package> takes a local "
        "copy; -DQAMERA_UI=OFF builds without the dashboard.")
    endif()
  endif()
  file(SHA256 ${QAMERA_PREACT} preact_hash)
  if(NOT preact_hash STREQUAL htm_hash)
    message(FATAL_ERROR "${QAMERA_PREACT} is not the file of htm 3.1.1: remove it, or build with -DQAMERA_UI=OFF")
  endif()
  qm_inside("htm with Preact" 3.1.1)
endif()

# valijson: scripts/setup unpacks Debian's headers into .deps, since that package depends on Qt and Poco.
if(QAMERA_TESTS)
  if(NOT FETCHCONTENT_SOURCE_DIR_VALIJSON)
    find_path(VALIJSON_INCLUDE_DIR valijson/validator.hpp NO_CACHE HINTS ${PROJECT_SOURCE_DIR}/.deps/usr/include)
  endif()
  if(NOT VALIJSON_INCLUDE_DIR)
    FetchContent_Declare(valijson
      URL https://github.com/tristanpenman/valijson/archive/refs/tags/v1.1.3.tar.gz
      URL_HASH SHA256=887b53b1a924f6fe0b35fa3bbc9bbbe5ae8c72097b7f0f7c17b45f4cfa646029
      SOURCE_SUBDIR headers-only)
    FetchContent_MakeAvailable(valijson)
    set(VALIJSON_INCLUDE_DIR ${valijson_SOURCE_DIR}/include)
  endif()
  qm_header_library(qm_valijson ${VALIJSON_INCLUDE_DIR})
  # Without exceptions a broken schema aborts the process.
  target_compile_definitions(qm_valijson INTERFACE VALIJSON_USE_EXCEPTIONS=1)
  target_link_libraries(qm_valijson INTERFACE nlohmann_json::nlohmann_json)
endif()

# RE2. Where there is none, the last release that does without Abseil: a commit, of which only the library is built.
if(NOT FETCHCONTENT_SOURCE_DIR_RE2)
  find_package(PkgConfig)
  if(PkgConfig_FOUND)
    if(QAMERA_STATIC)
      set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
    endif()
    pkg_check_modules(RE2 re2)
  endif()
endif()
if(RE2_FOUND AND (NOT QAMERA_STATIC OR RE2_LINK_LIBRARIES MATCHES "libre2[.]a"))
  # Not PkgConfig::RE2: with its -pthread the precompiled headers would not fit.
  add_library(qm_re2 INTERFACE)
  target_include_directories(qm_re2 SYSTEM INTERFACE ${RE2_INCLUDE_DIRS})
  target_link_libraries(qm_re2 INTERFACE ${RE2_LINK_LIBRARIES} Threads::Threads)
  target_link_options(qm_re2 INTERFACE ${RE2_LDFLAGS_OTHER})
  if(RE2_VERSION MATCHES "^0[.]0[.]0$")  # Debian's, whose package knows
    execute_process(COMMAND dpkg-query --show --showformat \${Version} libre2-dev
      OUTPUT_VARIABLE RE2_VERSION ERROR_QUIET)
    string(REGEX REPLACE "[+-].*" "" RE2_VERSION "${RE2_VERSION}")
  endif()
else()
  FetchContent_Declare(re2
    GIT_REPOSITORY https://github.com/google/re2.git
    GIT_TAG 3a8436ac436124a57a4e22d5c8713a2d42b381d7
    SOURCE_SUBDIR sources-only)
  FetchContent_MakeAvailable(re2)
  file(GLOB RE2_SOURCES ${re2_SOURCE_DIR}/re2/*.cc)
  add_library(qm_re2 STATIC ${RE2_SOURCES} ${re2_SOURCE_DIR}/util/rune.cc ${re2_SOURCE_DIR}/util/strutil.cc)
  set_target_properties(qm_re2 PROPERTIES CXX_CLANG_TIDY "")
  target_include_directories(qm_re2 SYSTEM PUBLIC ${re2_SOURCE_DIR})
  target_link_libraries(qm_re2 PUBLIC Threads::Threads)
  set(RE2_VERSION 3a8436ac4361)
endif()
qm_inside(RE2 "${RE2_VERSION}")

# cpp-httplib. A system's copy counts when the edge is tested with its version: Debian's 0.11 (a header and a shared
# library, whose defines set the class layout and must be kept), or 0.53 and later. The downloaded one is headers
# only, with OpenSSL, zlib and brotli off; so is the one of Debian's source package, which `scripts/setup package`
# unpacks into .deps.
if(QAMERA_SYSTEM_HTTPLIB AND NOT FETCHCONTENT_SOURCE_DIR_HTTPLIB)
  find_package(PkgConfig)
  if(PkgConfig_FOUND)
    pkg_check_modules(HTTPLIB IMPORTED_TARGET cpp-httplib)
  endif()
  if(HTTPLIB_FOUND AND NOT HTTPLIB_VERSION MATCHES "^0\\.11\\." AND HTTPLIB_VERSION VERSION_LESS 0.53)
    message(STATUS "cpp-httplib ${HTTPLIB_VERSION} is not a version this is tested with: downloading one that is")
    set(HTTPLIB_FOUND FALSE)
  endif()
else()
  set(HTTPLIB_FOUND FALSE)
endif()
if(HTTPLIB_FOUND)
  add_library(qm_httplib INTERFACE)
  target_link_libraries(qm_httplib INTERFACE PkgConfig::HTTPLIB)
elseif(NOT FETCHCONTENT_SOURCE_DIR_HTTPLIB AND EXISTS ${PROJECT_SOURCE_DIR}/.deps/httplib/httplib.h)
  set(httplib_SOURCE_DIR ${PROJECT_SOURCE_DIR}/.deps/httplib)
else()
  FetchContent_Declare(httplib
    URL https://github.com/yhirose/cpp-httplib/archive/refs/tags/v0.53.1.tar.gz
    URL_HASH SHA256=185af9587e270de9a3bfee234c6740f02e82265da33c7a41f97e02ee42f979d2
    SOURCE_SUBDIR headers-only)
  FetchContent_MakeAvailable(httplib)
endif()
if(NOT HTTPLIB_FOUND)
  qm_header_library(qm_httplib ${httplib_SOURCE_DIR})
  file(STRINGS ${httplib_SOURCE_DIR}/httplib.h HTTPLIB_VERSION REGEX "^#define CPPHTTPLIB_VERSION ")
  string(REGEX MATCH "[0-9.]+" HTTPLIB_VERSION "${HTTPLIB_VERSION}")
endif()
target_link_libraries(qm_httplib INTERFACE Threads::Threads)
qm_inside(cpp-httplib "${HTTPLIB_VERSION}")

# OpenSSL, zlib and brotli, for commands that talk to a service with TLS, and for bodies that are compressed. A build
# can do without, but not the static one, which goes where they are not: it takes the archives.
add_library(qm_tls INTERFACE)
add_library(qm_zlib INTERFACE)
add_library(qm_brotli INTERFACE)
if(QAMERA_STATIC)
  set(OPENSSL_USE_STATIC_LIBS TRUE)
  set(ZLIB_USE_STATIC_LIBS TRUE)
endif()
find_package(OpenSSL 1.1.1)
find_package(ZLIB)
if(QAMERA_STATIC AND NOT (OpenSSL_FOUND AND ZLIB_FOUND))
  enable_language(C)
  include(cmake/static_libraries.cmake)
  if(NOT OpenSSL_FOUND)
    qm_compile_openssl()
  endif()
  if(NOT ZLIB_FOUND)
    qm_compile_zlib()
  endif()
endif()
if(TARGET OpenSSL::SSL)
  target_compile_definitions(qm_tls INTERFACE QAMERA_TLS)
  target_link_libraries(qm_tls INTERFACE OpenSSL::SSL)
  qm_inside(OpenSSL "${OPENSSL_VERSION}")
endif()
if(TARGET ZLIB::ZLIB)
  target_compile_definitions(qm_zlib INTERFACE QAMERA_ZLIB)
  target_link_libraries(qm_zlib INTERFACE ZLIB::ZLIB)
  qm_inside(zlib "${ZLIB_VERSION_STRING}")
endif()
find_package(PkgConfig)
if(PkgConfig_FOUND)
  if(QAMERA_STATIC)
    set(PKG_CONFIG_ARGN --static)
  endif()
  pkg_check_modules(BROTLI IMPORTED_TARGET libbrotlidec)
endif()
if(BROTLI_FOUND AND (NOT QAMERA_STATIC OR BROTLI_LINK_LIBRARIES MATCHES "libbrotlidec[.]a"))
  target_compile_definitions(qm_brotli INTERFACE QAMERA_BROTLI)
  target_link_libraries(qm_brotli INTERFACE PkgConfig::BROTLI)
  qm_inside(brotli "${BROTLI_VERSION}")
endif()
