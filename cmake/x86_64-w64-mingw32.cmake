# Windows, 64-bit: the oldest system served is Windows XP x64, that is Server 2003.
set(QMGR_TRIPLET x86_64-w64-mingw32)
set(QMGR_WINVER 0x0502)
set(QMGR_OS_MAJOR 5)
set(QMGR_OS_MINOR 2)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(QMGR_ARCH_FLAGS "")
include(${CMAKE_CURRENT_LIST_DIR}/mingw-w64.cmake)
