# qmgr_own_code(TARGET): all warnings on, and a warning is an error.
add_library(qmgr_warnings INTERFACE)
set(warnings
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
  -Wundef -Wcast-qual -Wwrite-strings -Wpointer-arith -Werror)
if(WIN32 AND CMAKE_C_COMPILER_ID STREQUAL GNU)
  # PRIu64 is "I64u" for msvcrt's printf, which is no standard but the only way there is.
  list(APPEND warnings -Wno-pedantic-ms-format)
endif()
target_compile_options(qmgr_warnings INTERFACE "$<$<COMPILE_LANGUAGE:C>:${warnings}>")

function(qmgr_own_code target)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:qmgr_warnings>)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  # Defined as nothing, so that a file which says the same with #define does not contradict.
  if(WIN32)
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:C>:-DUNICODE= -D_UNICODE= -DCOBJMACROS=>)
  else()
    target_compile_options(${target} PRIVATE -D_GNU_SOURCE=)
  endif()
endfunction()
