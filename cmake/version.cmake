# What `qamera-mock --version` tells: the commit, the compiler, and the libraries with their versions.

# Where commits are noted; "" outside of a git checkout.
execute_process(COMMAND git rev-parse --path-format=absolute --git-path logs/HEAD
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE QAMERA_COMMIT_LOG OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET)
if(NOT EXISTS "${QAMERA_COMMIT_LOG}")
  set(QAMERA_COMMIT_LOG "")
endif()

# qm_version_facts(TARGET SOURCE): gives SOURCE of TARGET what it tells.
function(qm_version_facts target source)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/version/commit.h)
  add_custom_command(OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -D OUTPUT=${header} -P ${PROJECT_SOURCE_DIR}/cmake/commit.cmake
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    DEPENDS ${QAMERA_COMMIT_LOG} ${PROJECT_SOURCE_DIR}/cmake/commit.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${header})
  list(JOIN QAMERA_LIBRARIES ", " libraries)
  set(compiler "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
  set_source_files_properties(${source} PROPERTIES
    INCLUDE_DIRECTORIES ${CMAKE_CURRENT_BINARY_DIR}/version
    COMPILE_DEFINITIONS "QAMERA_LIBRARIES=\"${libraries}\";QAMERA_COMPILER=\"${compiler}\""
    SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
