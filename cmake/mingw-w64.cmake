# What both widths share.  Included by i686-w64-mingw32.cmake and x86_64-w64-mingw32.cmake.
#
# The flags go into CMAKE_*_FLAGS_INIT, so that a user's own CFLAGS are added to them; who passes
# -DCMAKE_C_FLAGS on the command line throws them away and builds for a Windows newer than XP.

set(CMAKE_SYSTEM_NAME Windows)

# The -win32 variant needs no winpthread DLL.  Where the compilers bear other names (MSYS2), say so with
# -DCMAKE_C_COMPILER.
if(NOT CMAKE_C_COMPILER)
  set(CMAKE_C_COMPILER ${QMGR_TRIPLET}-gcc-win32)
endif()
set(CMAKE_RC_COMPILER ${QMGR_TRIPLET}-windres)

# msvcrt's own printf: MinGW's replacement is not wanted in a DLL that must stay small and plain.
set(CMAKE_C_FLAGS_INIT
  "-D_WIN32_WINNT=${QMGR_WINVER} -DWINVER=${QMGR_WINVER} -D__USE_MINGW_ANSI_STDIO=0 ${QMGR_ARCH_FLAGS}")

set(QMGR_OS_FLAGS "-Wl,--major-os-version=${QMGR_OS_MAJOR},--minor-os-version=${QMGR_OS_MINOR}")
string(APPEND QMGR_OS_FLAGS
  ",--major-subsystem-version=${QMGR_OS_MAJOR},--minor-subsystem-version=${QMGR_OS_MINOR}")
foreach(kind EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT "-static-libgcc ${QMGR_OS_FLAGS} -Wl,--nxcompat,--dynamicbase")
endforeach()

# Only what is asked for is linked.  CMake's own list has kernel32 before msvcrt, and then
# __C_specific_handler would come from kernel32, where XP x64 has none.
set(CMAKE_C_STANDARD_LIBRARIES "" CACHE STRING "Libraries linked into everything" FORCE)

# Programs are the build machine's; headers and libraries are looked for where the caller says, or in the
# cross tool chain.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY BOTH)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE BOTH)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
