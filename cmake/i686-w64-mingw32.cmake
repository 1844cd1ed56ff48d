# Windows, 32-bit: the oldest system served is Windows XP.
set(QMGR_TRIPLET i686-w64-mingw32)
set(QMGR_WINVER 0x0501)
set(QMGR_OS_MAJOR 5)
set(QMGR_OS_MINOR 1)
set(CMAKE_SYSTEM_PROCESSOR i686)
# Programs built by other compilers may call us with a stack that is aligned to 4 bytes only.
set(QMGR_ARCH_FLAGS "-mstackrealign")
include(${CMAKE_CURRENT_LIST_DIR}/mingw-w64.cmake)
