# Compiler options shared by every target of ours, as one INTERFACE library.
add_library(qm_options INTERFACE)
target_include_directories(qm_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
if(QAMERA_DEVELOPER_MODE)
  target_compile_options(qm_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    # Wrong about std::string's own assignment when optimizing (GCC bug 105651).
    target_compile_options(qm_options INTERFACE -Wno-restrict)
  endif()
endif()
if(QAMERA_WERROR)
  target_compile_options(qm_options INTERFACE -Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What the optimizer guesses about the standard library's own code differs between GCC's versions, and is often
    # wrong: shown, but no reason to fail.
    target_compile_options(qm_options INTERFACE -Wno-error=array-bounds -Wno-error=free-nonheap-object
      -Wno-error=maybe-uninitialized -Wno-error=restrict -Wno-error=stringop-overflow -Wno-error=stringop-overread)
  endif()
endif()
if(QAMERA_SANITIZE)
  target_compile_options(qm_options INTERFACE -fsanitize=${QAMERA_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(qm_options INTERFACE -fsanitize=${QAMERA_SANITIZE})
endif()
if(QAMERA_STATIC)
  # Sections that nobody calls are left out, and no path of the machine that compiles gets in: neither as it is nor, as
  # ccache may write it, relative to the build's folder.
  file(RELATIVE_PATH up ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
  string(REGEX REPLACE "/$" "" up ${up})
  target_compile_options(qm_options INTERFACE -ffunction-sections -fdata-sections -ffile-prefix-map=${up}=.
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=build)
  # Begun off the usual address, the file cannot be mapped in pages of 2 MB, of which most would be OpenSSL that nobody
  # asked for: 5.5 MB resident in place of 8.4.
  target_link_options(qm_options INTERFACE -static -Wl,--gc-sections -Wl,-Ttext-segment=0x410000)
endif()

# With units of a room each the compiler's own garbage is collected again and again, a seventh of its time.
if(QAMERA_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(qm_options INTERFACE --param=ggc-min-heapsize=524288)
endif()

find_program(QAMERA_CCACHE ccache)
mark_as_advanced(QAMERA_CCACHE)
if(QAMERA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER AND NOT CMAKE_CXX_CLANG_TIDY)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${QAMERA_CCACHE})
endif()

# qm_precompiled_headers(TARGET PRIVATE HEADER ... | REUSE_FROM OTHER): large headers that nearly every file reads are
# precompiled once, in the builds that CI and users wait for. Not for the sanitizers and clang-tidy, whose builds are
# rarer and which would see headers that a file does not name. REUSE_FROM wants a target compiled with the same options.
function(qm_precompiled_headers target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT QAMERA_SANITIZE)
    # ccache needs the option, and CCACHE_SLOPPINESS (see scripts/build).
    target_compile_options(${target} PRIVATE -fpch-preprocess)
    target_precompile_headers(${target} ${ARGN})
  endif()
endfunction()

# qm_room_target(OUT ROOM): the target that compiles ROOM. It is qm_ROOM, or with QAMERA_UNITY the library of the unit
# of QAMERA_UNITS that names the room; qm_ROOM is then another name of it, good for linking only.
function(qm_room_target out room)
  set(${out} qm_${room} PARENT_SCOPE)
  foreach(unit IN LISTS QAMERA_UNITS)
    string(REPLACE "+" ";" rooms ${unit})
    if(QAMERA_UNITY AND room IN_LIST rooms)
      set(${out} qm_${unit} PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# qm_library(NAME SOURCES ... LINKS ...): one library a layer; it may only link layers to its right.
function(qm_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;LINKS")
  qm_room_target(target ${name})
  if(NOT TARGET ${target})
    add_library(${target} STATIC)
    target_link_libraries(${target} PUBLIC qm_options)
  endif()
  if(NOT target STREQUAL "qm_${name}")
    add_library(qm_${name} ALIAS ${target})
  endif()
  target_sources(${target} PRIVATE ${ARG_SOURCES})
  foreach(link IN LISTS ARG_LINKS)
    string(REGEX REPLACE "^qm_" "" room ${link})
    qm_room_target(linked ${room})
    if(NOT linked STREQUAL target)
      target_link_libraries(${target} PUBLIC ${link})
    endif()
  endforeach()
  if(QAMERA_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
  endif()
endfunction()
