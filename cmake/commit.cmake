# Run by cmake -P. OUTPUT: the header to write, which tells --version the commit that is built. It changes only when the
# commit does.
execute_process(COMMAND git rev-parse --verify HEAD OUTPUT_VARIABLE commit RESULT_VARIABLE failed ERROR_QUIET
  OUTPUT_STRIP_TRAILING_WHITESPACE)
if(failed)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#pragma once
#define QAMERA_COMMIT \"@commit@\"
" @ONLY)
