/* SPDX-License-Identifier: MIT */
/* What there is to register: the one list of our classes, interfaces and type library. From it come the rows for
 * the registry (registration_table.c) and, by the preprocessor alone, the side-by-side manifest
 * (QmgrPrxy.manifest.in); so there is nothing but #defines here. The texts are narrow: before them a wide one makes
 * them wide in C, and as they are they are values of XML attributes. */
#ifndef QMGR_COM_REGISTRATION_LIST_H
#define QMGR_COM_REGISTRATION_LIST_H

#define QMGR_CLASS "{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"
#define QMGR_CLASS_NAME "Background Copy Queue Manager"
#define QMGR_CLASS_VERSION "1.0"
#define QMGR_APP "{725ECAEA-0B9A-427F-8A67-7075473D9C9F}" /* ours; that of BITS is never touched */

#define QMGR_LIBRARY "{F5B26DCB-B37E-4D7C-AE7A-1CB3FBEB183E}"
#define QMGR_LIBRARY_NAME "Background copy queue manager 1.0"
#define QMGR_LIBRARY_VERSION "1.0"

/* The class that makes proxies for the six interfaces of the queue manager. */
#define QMGR_PROXY "{7C3FD751-19D9-4F8F-8CF9-13F7455F684A}" /* CLSID_QmgrProxyStub */
#define QMGR_PROXY_NAME "Background Copy Queue Manager proxies"
/* The one for those of BITS, known by the same name wherever there is a BITS. */
#define BITS_PROXY "{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}"
#define BITS_PROXY_NAME "Background Intelligent Transfer Service proxies"

#define THREADING_MODEL "Both" /* of all three classes */

/* X(name, IID, slots of the vtable with those inherited, IID of the base). */
#define UNKNOWN_IID "{00000000-0000-0000-C000-000000000046}"

#define QMGR_INTERFACES(X)                                                                         \
    X(IBackgroundCopyQMgr, "{16F41C69-09F5-41D2-8CD8-3C08C47BC8A8}", 6, UNKNOWN_IID)               \
    X(IBackgroundCopyGroup, "{1DED80A7-53EA-424F-8A04-17FEA9ADC4F5}", 18, UNKNOWN_IID)             \
    X(IBackgroundCopyJob1, "{59F5553C-2031-4629-BB18-2645A6970947}", 11, UNKNOWN_IID)              \
    X(IEnumBackgroundCopyGroups, "{D993E603-4AA4-47C5-8665-C20D39C2BA4F}", 8, UNKNOWN_IID)         \
    X(IEnumBackgroundCopyJobs1, "{8BAEBA9D-8F1C-42C4-B82C-09AE79980D25}", 8, UNKNOWN_IID)          \
    X(IBackgroundCopyCallback1, "{084F6593-3800-4E08-9B59-99FA59ADDF82}", 6, UNKNOWN_IID)

#define BITS_FILE_IID "{01B7BD23-FB88-4A77-8490-5891D3E4653A}"
#define BITS_CALLBACK_IID "{97EA99C7-0186-4AD4-8DF9-C5B4E0ED6B22}"
#define BITS_JOB_IID "{37668D37-507E-4160-9316-26306D150B12}"
#define BITS_JOB2_IID "{54B50739-686F-45EB-9DFF-D6A9A0FAA9AF}"
#define BITS_JOB3_IID "{443C8934-90FF-48ED-BCDE-26F5C7450042}"
#define BITS_JOB4_IID "{659CDEAE-489E-11D9-A9CD-000D56965251}"

#define BITS_INTERFACES(X)                                                                         \
    X(IBackgroundCopyManager, "{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}", 7, UNKNOWN_IID)            \
    X(IBackgroundCopyJob, BITS_JOB_IID, 35, UNKNOWN_IID)                                           \
    X(IEnumBackgroundCopyJobs, "{1AF4F612-3B71-466F-8F58-7B6F73AC57AD}", 8, UNKNOWN_IID)           \
    X(IBackgroundCopyFile, BITS_FILE_IID, 6, UNKNOWN_IID)                                          \
    X(IEnumBackgroundCopyFiles, "{CA51E165-C365-424C-8D41-24AAA4FF3C40}", 8, UNKNOWN_IID)          \
    X(IBackgroundCopyError, "{19C613A0-FCB8-4F28-81AE-897C3D078F81}", 8, UNKNOWN_IID)              \
    X(IBackgroundCopyCallback, BITS_CALLBACK_IID, 6, UNKNOWN_IID)                                  \
    X(IBackgroundCopyJob2, BITS_JOB2_IID, 43, BITS_JOB_IID)                                        \
    X(IBackgroundCopyJob3, BITS_JOB3_IID, 47, BITS_JOB2_IID)                                       \
    X(IBackgroundCopyFile2, "{83E81B93-0873-474D-8A8C-F2018B1A939C}", 8, BITS_FILE_IID)            \
    X(IBackgroundCopyJobHttpOptions, "{F1BD1079-9F01-4BDC-8036-F09B70095066}", 11, UNKNOWN_IID)    \
    X(IBackgroundCopyCallback2, "{659CDEAC-489E-11D9-A9CD-000D56965251}", 7, BITS_CALLBACK_IID)    \
    X(IBackgroundCopyJob4, BITS_JOB4_IID, 53, BITS_JOB3_IID)                                       \
    X(IBackgroundCopyJob5, "{E847030C-BBBA-4657-AF6D-484AA42BF1FE}", 55, BITS_JOB4_IID)

#endif
