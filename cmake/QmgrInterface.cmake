# What widl makes of idl/Qmgr.idl, all in the folder generated/ of the build tree:
#   include/qmgr.h   the header, in a folder that holds nothing else: MinGW has a qmgr.h of its own, which is
#                    found if this folder is not searched first
#   qmgr_i.c         the identifiers           -> object library qmgr_iids
#   qmgr_p.c, dlldata.c  proxy and stub code   -> object library qmgr_proxy
#   qmgr.tlb         the type library, for the DLL's resource
set(idl ${PROJECT_SOURCE_DIR}/idl/Qmgr.idl)
set(generated ${PROJECT_BINARY_DIR}/generated)

# The targets must exist even while the IDL does not.
add_library(qmgr_header INTERFACE)
target_include_directories(qmgr_header SYSTEM INTERFACE ${generated}/include)
if(NOT EXISTS ${idl})
  message(STATUS "No ${idl}: neither the DLL nor its clients are built")
  return()
endif()

if(CMAKE_SIZEOF_VOID_P EQUAL 8)
  set(widl_width -m64)
else()
  set(widl_width -m32)
endif()
find_program(QMGR_WIDL NAMES ${QMGR_TRIPLET}-widl widl REQUIRED)
if(NOT EXISTS ${QMGR_IDL_INCLUDE}/unknwn.idl)
  message(FATAL_ERROR "QMGR_IDL_INCLUDE: no unknwn.idl in ${QMGR_IDL_INCLUDE}; run tools/deps.sh")
endif()
file(MAKE_DIRECTORY ${generated}/include)

set(widl ${QMGR_WIDL} ${widl_width} -I ${QMGR_IDL_INCLUDE} -I ${PROJECT_SOURCE_DIR}/idl)
function(qmgr_widl output)
  add_custom_command(OUTPUT ${generated}/${output}
    COMMAND ${widl} ${ARGN} -o ${generated}/${output} ${idl}
    DEPENDS ${idl} VERBATIM COMMENT "widl: ${output}")
endfunction()
qmgr_widl(include/qmgr.h -h)
qmgr_widl(qmgr_i.c -u)
qmgr_widl(qmgr_p.c -p -Oif -H qmgr.h)
qmgr_widl(qmgr.tlb -t -L ${QMGR_IDL_INCLUDE})
add_custom_command(OUTPUT ${generated}/dlldata.c
  COMMAND ${QMGR_WIDL} ${widl_width} --dlldata-only -o ${generated}/dlldata.c qmgr
  VERBATIM COMMENT "widl: dlldata.c")

# Whoever includes the header depends on this, so that it is made first.
add_custom_target(qmgr_generated DEPENDS ${generated}/include/qmgr.h ${generated}/qmgr.tlb)
add_dependencies(qmgr_header qmgr_generated)

add_library(qmgr_iids OBJECT ${generated}/qmgr_i.c)
target_compile_options(qmgr_iids PRIVATE -w)

# Our own entry points wrap these, hence the prefix.  The header included by force declares what MinGW's
# headers give to C++ only; QMGR_PROXY_DEFINITIONS names the class that the proxies are registered under.
set(QMGR_PROXY_DEFINITIONS PROXY_CLSID=CLSID_QmgrProxyStub CACHE STRING "Definitions for the proxy code")
add_library(qmgr_proxy OBJECT ${generated}/qmgr_p.c ${generated}/dlldata.c)
target_link_libraries(qmgr_proxy PRIVATE qmgr_header)
target_compile_definitions(qmgr_proxy PRIVATE
  REGISTER_PROXY_DLL ENTRY_PREFIX=Prx ${QMGR_PROXY_DEFINITIONS})
target_compile_options(qmgr_proxy PRIVATE
  "SHELL:-include \"${PROJECT_SOURCE_DIR}/src/com/proxy_prelude.h\"" -w)
set_source_files_properties(${generated}/qmgr_p.c ${generated}/dlldata.c PROPERTIES
  OBJECT_DEPENDS ${PROJECT_SOURCE_DIR}/src/com/proxy_prelude.h)
