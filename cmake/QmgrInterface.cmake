# What widl makes of the files in idl/, all in the folder generated/ of the build tree:
#   include/qmgr.h         the header, in a folder that holds nothing else: MinGW has a qmgr.h of its own, which is
#                          found if this folder is not searched first
#   bits/bits_proxies.h    that of Bits.idl, for the proxy code alone: programs include MinGW's bits.h, so neither the
#                          name nor the folder is one that they could meet by accident
#   qmgr_i.c               the identifiers           -> object library qmgr_iids
#   qmgr_p.c, bits_p.c, bits_i.c, dlldata.c  proxy and stub code -> object library qmgr_proxy
#   qmgr.tlb               the type library, for the DLL's resource
set(idl ${PROJECT_SOURCE_DIR}/idl/Qmgr.idl)
set(bits_idl ${PROJECT_SOURCE_DIR}/idl/Bits.idl)
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
file(MAKE_DIRECTORY ${generated}/include ${generated}/bits)

# QMGR_IDL_INCLUDE has a bits.idl too. Ours is named by its full path and imported by none, so they cannot be mixed up.
set(widl ${QMGR_WIDL} ${widl_width} -I ${QMGR_IDL_INCLUDE} -I ${PROJECT_SOURCE_DIR}/idl)
function(qmgr_widl source output)
  add_custom_command(OUTPUT ${generated}/${output}
    COMMAND ${widl} ${ARGN} -o ${generated}/${output} ${source}
    DEPENDS ${source} VERBATIM COMMENT "widl: ${output}")
endfunction()
qmgr_widl(${idl} include/qmgr.h -h)
qmgr_widl(${idl} qmgr_i.c -u)
qmgr_widl(${idl} qmgr_p.c -p -Oif -H qmgr.h)
qmgr_widl(${idl} qmgr.tlb -t -L ${QMGR_IDL_INCLUDE})
qmgr_widl(${bits_idl} bits/bits_proxies.h -h)
qmgr_widl(${bits_idl} bits_i.c -u)
qmgr_widl(${bits_idl} bits_p.c -p -Oif -H bits_proxies.h)
add_custom_command(OUTPUT ${generated}/dlldata.c
  COMMAND ${QMGR_WIDL} ${widl_width} --dlldata-only -o ${generated}/dlldata.c qmgr bits
  VERBATIM COMMENT "widl: dlldata.c")

# Whoever includes the headers depends on these, so that they are made first.
add_custom_target(qmgr_generated DEPENDS ${generated}/include/qmgr.h ${generated}/qmgr.tlb)
add_dependencies(qmgr_header qmgr_generated)
add_library(qmgr_bits_header INTERFACE)
target_include_directories(qmgr_bits_header SYSTEM INTERFACE ${generated}/bits)
add_custom_target(qmgr_bits_generated DEPENDS ${generated}/bits/bits_proxies.h)
add_dependencies(qmgr_bits_header qmgr_bits_generated)

add_library(qmgr_iids OBJECT ${generated}/qmgr_i.c)
target_compile_options(qmgr_iids PRIVATE -w)

# Our own entry points wrap these, hence the prefix.  The header included by force declares what MinGW's
# headers give to C++ only; QMGR_PROXY_DEFINITIONS names the class that the proxies are registered under.
set(QMGR_PROXY_DEFINITIONS PROXY_CLSID=CLSID_QmgrProxyStub CACHE STRING "Definitions for the proxy code")
set(proxy_code ${generated}/qmgr_p.c ${generated}/bits_p.c ${generated}/bits_i.c ${generated}/dlldata.c)
add_library(qmgr_proxy OBJECT ${proxy_code})
target_link_libraries(qmgr_proxy PRIVATE qmgr_header qmgr_bits_header)
target_compile_definitions(qmgr_proxy PRIVATE
  REGISTER_PROXY_DLL ENTRY_PREFIX=Prx ${QMGR_PROXY_DEFINITIONS})
target_compile_options(qmgr_proxy PRIVATE
  "SHELL:-include \"${PROJECT_SOURCE_DIR}/src/com/proxy_prelude.h\"" -w)
set_source_files_properties(${proxy_code} PROPERTIES
  OBJECT_DEPENDS ${PROJECT_SOURCE_DIR}/src/com/proxy_prelude.h)
# Messages are looked at before they are taken apart (src/com/stub_check.c).
set_source_files_properties(${generated}/qmgr_p.c PROPERTIES
  COMPILE_DEFINITIONS CStdStubBuffer_Invoke=checking_stub_Invoke)
