# What exists on Windows only: the DLL, its client, and the tests that talk COM.

# qmgr_split_debug(TARGET): the debug information goes into TARGET.debug beside it, where gdb finds it.
function(qmgr_split_debug target)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} --only-keep-debug $<TARGET_FILE:${target}> $<TARGET_FILE:${target}>.debug
    COMMAND ${CMAKE_STRIP} $<TARGET_FILE:${target}>
    COMMAND ${CMAKE_OBJCOPY} --add-gnu-debuglink=$<TARGET_FILE:${target}>.debug $<TARGET_FILE:${target}>
    VERBATIM)
endfunction()

# --- Small stand-alone programs for the tests ---------------------------------------------------------------
file(GLOB helpers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/helpers/*.c)
foreach(source ${helpers})
  cmake_path(GET source STEM name)
  add_executable(${name} ${source})
  qmgr_own_code(${name})
  qmgr_wide_entry(${name} ${source})
  target_link_libraries(${name} PRIVATE advapi32 crypt32 ole32 oleaut32 uuid shell32 user32)
endforeach()

if(NOT TARGET qmgr_iids)
  return()
endif()

# --- The side-by-side manifest ------------------------------------------------------------------------------
set(manifest ${PROJECT_BINARY_DIR}/QmgrPrxy.manifest)
set(template ${PROJECT_SOURCE_DIR}/src/com/QmgrPrxy.manifest.in)
add_custom_command(OUTPUT ${manifest}
  COMMAND ${CMAKE_C_COMPILER} -E -P -x c -std=c11 -I ${PROJECT_SOURCE_DIR}/src -I ${PROJECT_SOURCE_DIR}/include
    -o ${manifest} ${template}
  DEPENDS ${template} ${PROJECT_SOURCE_DIR}/src/com/registration_list.h
    ${PROJECT_SOURCE_DIR}/include/qmgrprxy_version.h
  VERBATIM COMMENT "QmgrPrxy.manifest")

# --- QmgrPrxy.dll -------------------------------------------------------------------------------------------
qmgr_sources(sources src/com)
file(GLOB resources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/com/*.rc)
set(def ${PROJECT_SOURCE_DIR}/def/QmgrPrxy.def)
if(sources AND EXISTS ${def})
  add_library(QmgrPrxy SHARED ${sources} ${resources} ${def}
    $<TARGET_OBJECTS:qmgr_iids> $<TARGET_OBJECTS:qmgr_proxy>)
  set_target_properties(QmgrPrxy PROPERTIES PREFIX "" OUTPUT_NAME QmgrPrxy)
  qmgr_own_code(QmgrPrxy)
  # The resources embed the type library ("qmgr.tlb") and the manifest.
  set_source_files_properties(${resources} PROPERTIES OBJECT_DEPENDS "${generated}/qmgr.tlb;${manifest}")
  target_include_directories(QmgrPrxy PRIVATE $<$<COMPILE_LANGUAGE:RC>:${generated};${PROJECT_BINARY_DIR}>)
  # The .def alone says what is exported; the fix-up finds the stdcall functions by their plain names.
  target_link_options(QmgrPrxy PRIVATE -Wl,--exclude-all-symbols -Wl,--enable-stdcall-fixup)
  target_link_libraries(QmgrPrxy PRIVATE qmgr_header qmgr_runner rpcrt4 ole32 oleaut32 uuid version)
  qmgr_split_debug(QmgrPrxy)
else()
  message(STATUS "No sources in src/com or no ${def}: the DLL is not built")
endif()

# --- qmgrctl.exe, a plain client ----------------------------------------------------------------------------
qmgr_sources(sources src/qmgrctl)
if(sources)
  file(GLOB resources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/qmgrctl/*.rc)
  add_executable(qmgrctl ${sources} ${resources} $<TARGET_OBJECTS:qmgr_iids>)
  qmgr_own_code(qmgrctl)
  qmgr_wide_entry(qmgrctl ${sources})
  target_link_libraries(qmgrctl PRIVATE qmgr_header ole32 oleaut32 uuid shell32 user32 advapi32)
  qmgr_split_debug(qmgrctl)
endif()

# --- Tests --------------------------------------------------------------------------------------------------
add_library(qmgr_client INTERFACE)
target_link_libraries(qmgr_client INTERFACE
  qmgr_header rpcrt4 ole32 oleaut32 uuid shell32 user32 advapi32 ws2_32)
# Tests that serve the class from a process of their own need what a host needs.
add_library(kept_stubs OBJECT ${PROJECT_SOURCE_DIR}/src/com/kept_stubs.c)
qmgr_own_code(kept_stubs)
target_link_libraries(kept_stubs PRIVATE qmgr_header)
target_include_directories(qmgr_client INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_sources(qmgr_client INTERFACE $<TARGET_OBJECTS:qmgr_iids> $<TARGET_OBJECTS:kept_stubs>)
qmgr_test_programs(com LINK qmgr_client)

# A client's notification class, as a program and as a DLL (tests/callback).
set(callback ${PROJECT_SOURCE_DIR}/tests/callback)
add_library(callback_class OBJECT ${callback}/callback_class.c)
add_executable(callback_program ${callback}/program.c)
add_library(callback_dll SHARED ${callback}/dll.c)
set_target_properties(callback_dll PROPERTIES PREFIX "")
target_link_options(callback_dll PRIVATE -Wl,--kill-at)
foreach(target callback_class callback_program callback_dll)
  qmgr_own_code(${target})
  target_link_libraries(${target} PRIVATE qmgr_client)
endforeach()
target_link_libraries(callback_program PRIVATE callback_class)
target_link_libraries(callback_dll PRIVATE callback_class)

# The programs that the crash laboratory (tools/crash-test.sh) kills.
qmgr_sources(sources tests/crash)
if(sources)
  add_executable(crash_client ${sources})
  qmgr_own_code(crash_client)
  qmgr_wide_entry(crash_client ${sources})
  target_link_libraries(crash_client PRIVATE qmgr_client)
endif()

# Our headers against MinGW's: *theirs.c must see the latter, so they are compiled without the generated folders.
file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/contract/*.c)
set(theirs ${sources})
list(FILTER theirs INCLUDE REGEX "theirs\\.c$")
if(theirs)
  list(REMOVE_ITEM sources ${theirs})
  add_library(contract_theirs OBJECT ${theirs})
  qmgr_own_code(contract_theirs)
  set(programs ${sources})
  list(FILTER programs INCLUDE REGEX "/test_[^/]*\\.c$")
  list(REMOVE_ITEM sources ${programs})
  foreach(source ${programs})
    cmake_path(GET source STEM name)
    qmgr_test_program(${name} SOURCES ${source} ${sources} $<TARGET_OBJECTS:contract_theirs>
      LINK qmgr_client qmgr_bits_header)
  endforeach()
endif()
