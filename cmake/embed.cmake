# Compiles data files into the binary: schemas/, fixtures/, scenarios/, the clips of assets/, and the dashboard, ui/,
# with its library.

# qm_embed(OUTPUT): declares the rule that writes OUTPUT, a source file that defines `embedded_files()` of
# base/embedded.h. A file that is added, changed or removed is noticed by the next build.
function(qm_embed output)
  file(GLOB files RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/schemas/*.json ${PROJECT_SOURCE_DIR}/schemas/*/*.json
    ${PROJECT_SOURCE_DIR}/fixtures/*.json ${PROJECT_SOURCE_DIR}/scenarios/*.json ${PROJECT_SOURCE_DIR}/assets/*.mp4)
  if(QAMERA_UI)
    file(GLOB ui RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
      ${PROJECT_SOURCE_DIR}/ui/*.html ${PROJECT_SOURCE_DIR}/ui/*.css ${PROJECT_SOURCE_DIR}/ui/*.js
      ${PROJECT_SOURCE_DIR}/ui/*.svg ${PROJECT_SOURCE_DIR}/ui/*.txt)
    list(APPEND files ${ui})
  endif()
  list(TRANSFORM files PREPEND ${PROJECT_SOURCE_DIR}/ OUTPUT_VARIABLE paths)
  if(QAMERA_UI)
    # A name that is embedded, an equals sign, and the file that is not in the tree.
    list(APPEND files "ui/preact.js=${QAMERA_PREACT}")
    list(APPEND paths ${QAMERA_PREACT})
  endif()
  list(SORT files)

  # The list is a file of its own, written only when it differs: removing a data file changes no time stamp of others.
  list(JOIN files "\n" lines)
  file(CONFIGURE OUTPUT ${output}.list CONTENT "${lines}\n" @ONLY)

  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -D ROOT=${PROJECT_SOURCE_DIR} -D LIST=${output}.list -D OUTPUT=${output}
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    DEPENDS ${paths} ${output}.list ${PROJECT_SOURCE_DIR}/cmake/embed_files.cmake
    COMMENT "Embedding schemas, fixtures, scenarios, clips and the dashboard"
    VERBATIM)
  # Standard C++ promises 64 KiB to a literal, and -Wpedantic says so; GCC and clang have no bound.
  set_source_files_properties(${output} PROPERTIES COMPILE_OPTIONS -Wno-overlength-strings)
endfunction()
