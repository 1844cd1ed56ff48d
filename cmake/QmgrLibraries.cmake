# The libraries of others, as the targets SQLite, CURL, xxHash and cmocka_library.

# A header with nothing to link.  It is taken out of the folder of the system's headers, which are not for Windows.
find_file(XXHASH_HEADER xxhash.h HINTS ${QMGR_DEPS}/include PATHS /usr/include /usr/local/include
  NO_CMAKE_FIND_ROOT_PATH REQUIRED)
configure_file(${XXHASH_HEADER} ${PROJECT_BINARY_DIR}/xxhash/xxhash.h COPYONLY)
add_library(xxHash INTERFACE)
target_include_directories(xxHash SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/xxhash)

if(NOT WIN32)
  find_package(CURL REQUIRED)
  find_package(SQLite3 REQUIRED)
  find_library(CMOCKA_LIBRARY cmocka REQUIRED)
  add_library(CURL ALIAS CURL::libcurl)
  add_library(SQLite ALIAS SQLite::SQLite3)
  add_library(cmocka_library INTERFACE)
  target_link_libraries(cmocka_library INTERFACE ${CMOCKA_LIBRARY})
  return()
endif()

# qmgr_library(TARGET HEADER header LIBRARIES name… SYSTEM name…): the first library must be there, those after
# it are taken where they are found; then come the system's.
function(qmgr_library target)
  cmake_parse_arguments(arg "" "HEADER" "LIBRARIES;SYSTEM" ${ARGN})
  find_path(${target}_INCLUDE ${arg_HEADER} HINTS ${QMGR_DEPS}/include NO_DEFAULT_PATH REQUIRED)
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE ${${target}_INCLUDE})
  set(need REQUIRED)
  foreach(name ${arg_LIBRARIES})
    find_library(${target}_${name} NAMES ${name} lib${name} HINTS ${QMGR_DEPS}/lib NO_DEFAULT_PATH ${need})
    if(${target}_${name})
      target_link_libraries(${target} INTERFACE ${${target}_${name}})
    endif()
    set(need)
  endforeach()
  target_link_libraries(${target} INTERFACE ${QMGR_EXTRA_LIBS} ${arg_SYSTEM})
endfunction()

# mbedTLS is one library in our own build, three in others'.
qmgr_library(CURL HEADER curl/curl.h LIBRARIES curl nghttp2 mbedtls mbedx509 mbedcrypto
  SYSTEM ws2_32 crypt32 advapi32 secur32)
target_compile_definitions(CURL INTERFACE CURL_STATICLIB)
# Certificates that libcurl has verified through mbedTLS are looked at by ourselves, in mbedTLS's own structures: with the
# configuration that it was built with.
find_path(MBEDTLS_INCLUDE mbedtls/x509_crt.h HINTS ${QMGR_DEPS}/include NO_DEFAULT_PATH REQUIRED)
target_include_directories(CURL SYSTEM INTERFACE ${MBEDTLS_INCLUDE})
if(EXISTS ${MBEDTLS_INCLUDE}/mbedtls-config.h)
  target_compile_definitions(CURL INTERFACE "MBEDTLS_CONFIG_FILE=\"mbedtls-config.h\"")
endif()
qmgr_library(SQLite HEADER sqlite3.h LIBRARIES sqlite3)
qmgr_library(cmocka_library HEADER cmocka.h LIBRARIES cmocka)
