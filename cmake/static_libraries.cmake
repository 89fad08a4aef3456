# OpenSSL and zlib as archives, for the static binary where the system has none: released sources, pinned by hash, and
# compiled as C, which has to be enabled.
# -DFETCHCONTENT_SOURCE_DIR_OPENSSL=<sources> and _ZLIB take local ones in their place.

# qm_compile_openssl(): defines OpenSSL::SSL and OPENSSL_VERSION. Wants perl and make.
function(qm_compile_openssl)
  find_program(QAMERA_PERL perl REQUIRED)
  find_program(QAMERA_MAKE NAMES gmake make REQUIRED)
  set(version 3.0.22)
  FetchContent_Declare(openssl
    URL https://github.com/openssl/openssl/releases/download/openssl-${version}/openssl-${version}.tar.gz
    URL_HASH SHA256=67ebca7e50d17383028045486653492195b83db95f8558709701bb47b5c1ef81
    SOURCE_SUBDIR sources-only)
  FetchContent_MakeAvailable(openssl)
  set(folder ${PROJECT_BINARY_DIR}/openssl)
  file(MAKE_DIRECTORY ${folder}/include)
  add_custom_command(OUTPUT ${folder}/libssl.a ${folder}/libcrypto.a
    COMMAND ${CMAKE_COMMAND} -E env CC=${CMAKE_C_COMPILER} ${QAMERA_PERL} ${openssl_SOURCE_DIR}/Configure
            no-shared no-module no-dso no-engine no-legacy no-tests
    COMMAND ${QAMERA_MAKE} -s build_libs
    WORKING_DIRECTORY ${folder}
    COMMENT "Compiling OpenSSL ${version}"
    VERBATIM)
  add_custom_target(qm_openssl_archives DEPENDS ${folder}/libssl.a ${folder}/libcrypto.a)
  add_library(OpenSSL::SSL INTERFACE IMPORTED GLOBAL)
  add_dependencies(OpenSSL::SSL qm_openssl_archives)
  target_include_directories(OpenSSL::SSL INTERFACE ${folder}/include ${openssl_SOURCE_DIR}/include)
  target_link_libraries(OpenSSL::SSL INTERFACE ${folder}/libssl.a ${folder}/libcrypto.a Threads::Threads)
  set(OPENSSL_VERSION ${version} PARENT_SCOPE)
endfunction()

# qm_compile_zlib(): defines ZLIB::ZLIB and ZLIB_VERSION_STRING.
function(qm_compile_zlib)
  set(version 1.3.1)
  FetchContent_Declare(zlib
    URL https://github.com/madler/zlib/releases/download/v${version}/zlib-${version}.tar.gz
    URL_HASH SHA256=9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23
    SOURCE_SUBDIR sources-only)
  FetchContent_MakeAvailable(zlib)
  add_library(qm_zlib_archive STATIC ${zlib_SOURCE_DIR}/adler32.c ${zlib_SOURCE_DIR}/crc32.c
    ${zlib_SOURCE_DIR}/inffast.c ${zlib_SOURCE_DIR}/inflate.c ${zlib_SOURCE_DIR}/inftrees.c ${zlib_SOURCE_DIR}/zutil.c)
  target_include_directories(qm_zlib_archive SYSTEM PUBLIC ${zlib_SOURCE_DIR})
  add_library(ZLIB::ZLIB ALIAS qm_zlib_archive)
  set(ZLIB_VERSION_STRING ${version} PARENT_SCOPE)
endfunction()
