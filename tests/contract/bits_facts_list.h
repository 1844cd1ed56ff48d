/* SPDX-License-Identifier: MIT */
/* The body of bits_ours.c and bits_theirs.c: to be included once, after headers of BITS and facts.h. GIVEN_TEXT is how
 * the header calls a text that a method gives. */

/* The methods that later versions of an interface have from the former ones. */
#define FILE_SLOTS(interface)                                                                      \
    UNKNOWN(interface), SLOT(interface, GetRemoteName), SLOT(interface, GetLocalName),             \
        SLOT(interface, GetProgress)
#define CALLBACK_SLOTS(interface)                                                                  \
    UNKNOWN(interface), SLOT(interface, JobTransferred), SLOT(interface, JobError),                \
        SLOT(interface, JobModification)
#define JOB_SLOTS(interface)                                                                       \
    UNKNOWN(interface), SLOT(interface, AddFileSet), SLOT(interface, AddFile),                     \
        SLOT(interface, EnumFiles), SLOT(interface, Suspend), SLOT(interface, Resume),             \
        SLOT(interface, Cancel), SLOT(interface, Complete), SLOT(interface, GetId),                \
        SLOT(interface, GetType), SLOT(interface, GetProgress), SLOT(interface, GetTimes),         \
        SLOT(interface, GetState), SLOT(interface, GetError), SLOT(interface, GetOwner),           \
        SLOT(interface, SetDisplayName), SLOT(interface, GetDisplayName),                          \
        SLOT(interface, SetDescription), SLOT(interface, GetDescription),                          \
        SLOT(interface, SetPriority), SLOT(interface, GetPriority),                                \
        SLOT(interface, SetNotifyFlags), SLOT(interface, GetNotifyFlags),                          \
        SLOT(interface, SetNotifyInterface), SLOT(interface, GetNotifyInterface),                  \
        SLOT(interface, SetMinimumRetryDelay), SLOT(interface, GetMinimumRetryDelay),              \
        SLOT(interface, SetNoProgressTimeout), SLOT(interface, GetNoProgressTimeout),              \
        SLOT(interface, GetErrorCount), SLOT(interface, SetProxySettings),                         \
        SLOT(interface, GetProxySettings), SLOT(interface, TakeOwnership)
#define JOB2_SLOTS(interface)                                                                      \
    JOB_SLOTS(interface), SLOT(interface, SetNotifyCmdLine), SLOT(interface, GetNotifyCmdLine),    \
        SLOT(interface, GetReplyProgress), SLOT(interface, GetReplyData),                          \
        SLOT(interface, SetReplyFileName), SLOT(interface, GetReplyFileName),                      \
        SLOT(interface, SetCredentials), SLOT(interface, RemoveCredentials)
#define JOB3_SLOTS(interface)                                                                      \
    JOB2_SLOTS(interface), SLOT(interface, ReplaceRemotePrefix),                                   \
        SLOT(interface, AddFileWithRanges), SLOT(interface, SetFileACLFlags),                      \
        SLOT(interface, GetFileACLFlags)
#define JOB4_SLOTS(interface)                                                                      \
    JOB3_SLOTS(interface), SLOT(interface, SetPeerCachingFlags),                                   \
        SLOT(interface, GetPeerCachingFlags), SLOT(interface, GetOwnerIntegrityLevel),             \
        SLOT(interface, GetOwnerElevationState), SLOT(interface, SetMaximumDownloadTime),          \
        SLOT(interface, GetMaximumDownloadTime)

static const struct fact list[] = {
    CONSTANT(BG_SIZE_UNKNOWN),
    CONSTANT(BG_NOTIFY_JOB_TRANSFERRED),
    CONSTANT(BG_NOTIFY_JOB_ERROR),
    CONSTANT(BG_NOTIFY_DISABLE),
    CONSTANT(BG_NOTIFY_JOB_MODIFICATION),
    CONSTANT(BG_NOTIFY_FILE_TRANSFERRED),
    CONSTANT(BG_JOB_ENUM_ALL_USERS),
    CONSTANT(BG_ERROR_CONTEXT_NONE),
    CONSTANT(BG_ERROR_CONTEXT_UNKNOWN),
    CONSTANT(BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER),
    CONSTANT(BG_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION),
    CONSTANT(BG_ERROR_CONTEXT_LOCAL_FILE),
    CONSTANT(BG_ERROR_CONTEXT_REMOTE_FILE),
    CONSTANT(BG_ERROR_CONTEXT_GENERAL_TRANSPORT),
    CONSTANT(BG_ERROR_CONTEXT_REMOTE_APPLICATION),
    CONSTANT(BG_JOB_PRIORITY_FOREGROUND),
    CONSTANT(BG_JOB_PRIORITY_HIGH),
    CONSTANT(BG_JOB_PRIORITY_NORMAL),
    CONSTANT(BG_JOB_PRIORITY_LOW),
    CONSTANT(BG_JOB_STATE_QUEUED),
    CONSTANT(BG_JOB_STATE_CONNECTING),
    CONSTANT(BG_JOB_STATE_TRANSFERRING),
    CONSTANT(BG_JOB_STATE_SUSPENDED),
    CONSTANT(BG_JOB_STATE_ERROR),
    CONSTANT(BG_JOB_STATE_TRANSIENT_ERROR),
    CONSTANT(BG_JOB_STATE_TRANSFERRED),
    CONSTANT(BG_JOB_STATE_ACKNOWLEDGED),
    CONSTANT(BG_JOB_STATE_CANCELLED),
    CONSTANT(BG_JOB_TYPE_DOWNLOAD),
    CONSTANT(BG_JOB_TYPE_UPLOAD),
    CONSTANT(BG_JOB_TYPE_UPLOAD_REPLY),
    CONSTANT(BG_JOB_PROXY_USAGE_PRECONFIG),
    CONSTANT(BG_JOB_PROXY_USAGE_NO_PROXY),
    CONSTANT(BG_JOB_PROXY_USAGE_OVERRIDE),
    CONSTANT(BG_JOB_PROXY_USAGE_AUTODETECT),
    CONSTANT(BG_AUTH_TARGET_SERVER),
    CONSTANT(BG_AUTH_TARGET_PROXY),
    CONSTANT(BG_AUTH_SCHEME_BASIC),
    CONSTANT(BG_AUTH_SCHEME_DIGEST),
    CONSTANT(BG_AUTH_SCHEME_NTLM),
    CONSTANT(BG_AUTH_SCHEME_NEGOTIATE),
    CONSTANT(BG_AUTH_SCHEME_PASSPORT),
    CONSTANT(BG_COPY_FILE_OWNER),
    CONSTANT(BG_COPY_FILE_GROUP),
    CONSTANT(BG_COPY_FILE_DACL),
    CONSTANT(BG_COPY_FILE_SACL),
    CONSTANT(BG_COPY_FILE_ALL),
    CONSTANT(BG_LENGTH_TO_EOF),
    CONSTANT(BG_CERT_STORE_LOCATION_CURRENT_USER),
    CONSTANT(BG_CERT_STORE_LOCATION_LOCAL_MACHINE),
    CONSTANT(BG_CERT_STORE_LOCATION_CURRENT_SERVICE),
    CONSTANT(BG_CERT_STORE_LOCATION_SERVICES),
    CONSTANT(BG_CERT_STORE_LOCATION_USERS),
    CONSTANT(BG_CERT_STORE_LOCATION_CURRENT_USER_GROUP_POLICY),
    CONSTANT(BG_CERT_STORE_LOCATION_LOCAL_MACHINE_GROUP_POLICY),
    CONSTANT(BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE),
    CONSTANT(BG_JOB_ENABLE_PEERCACHING_CLIENT),
    CONSTANT(BG_JOB_ENABLE_PEERCACHING_SERVER),
    CONSTANT(BG_JOB_DISABLE_BRANCH_CACHE),
    CONSTANT(BITS_COST_STATE_TRANSFER_ALWAYS),
    CONSTANT(BITS_JOB_PROPERTY_ID_COST_FLAGS),
    CONSTANT(BITS_JOB_PROPERTY_NOTIFICATION_CLSID),
    CONSTANT(BITS_JOB_PROPERTY_DYNAMIC_CONTENT),
    CONSTANT(BITS_JOB_PROPERTY_HIGH_PERFORMANCE),
    CONSTANT(BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE),
    CONSTANT(BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS),
    CONSTANT(BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS),
    CONSTANT(BITS_JOB_PROPERTY_ON_DEMAND_MODE),

    SIZE(BG_FILE_PROGRESS),
    SIZE(struct _BG_FILE_PROGRESS),
    FIELD(BG_FILE_PROGRESS, BytesTotal),
    FIELD(BG_FILE_PROGRESS, BytesTransferred),
    FIELD(BG_FILE_PROGRESS, Completed),
    SIZE(BG_ERROR_CONTEXT),
    SIZE(BG_FILE_INFO),
    SIZE(struct _BG_FILE_INFO),
    FIELD(BG_FILE_INFO, RemoteName),
    FIELD(BG_FILE_INFO, LocalName),
    SIZE(BG_JOB_PROGRESS),
    SIZE(struct _BG_JOB_PROGRESS),
    FIELD(BG_JOB_PROGRESS, BytesTotal),
    FIELD(BG_JOB_PROGRESS, BytesTransferred),
    FIELD(BG_JOB_PROGRESS, FilesTotal),
    FIELD(BG_JOB_PROGRESS, FilesTransferred),
    SIZE(BG_JOB_TIMES),
    SIZE(struct _BG_JOB_TIMES),
    FIELD(BG_JOB_TIMES, CreationTime),
    FIELD(BG_JOB_TIMES, ModificationTime),
    FIELD(BG_JOB_TIMES, TransferCompletionTime),
    SIZE(BG_JOB_PRIORITY),
    SIZE(BG_JOB_STATE),
    SIZE(BG_JOB_TYPE),
    SIZE(BG_JOB_PROXY_USAGE),
    SIZE(BG_JOB_REPLY_PROGRESS),
    SIZE(struct _BG_JOB_REPLY_PROGRESS),
    FIELD(BG_JOB_REPLY_PROGRESS, BytesTotal),
    FIELD(BG_JOB_REPLY_PROGRESS, BytesTransferred),
    SIZE(BG_AUTH_TARGET),
    SIZE(BG_AUTH_SCHEME),
    SIZE(BG_BASIC_CREDENTIALS),
    FIELD(BG_BASIC_CREDENTIALS, UserName),
    FIELD(BG_BASIC_CREDENTIALS, Password),
    SIZE(BG_AUTH_CREDENTIALS_UNION),
    FIELD(BG_AUTH_CREDENTIALS_UNION, Basic),
    SIZE(BG_AUTH_CREDENTIALS),
    FIELD(BG_AUTH_CREDENTIALS, Target),
    FIELD(BG_AUTH_CREDENTIALS, Scheme),
    FIELD(BG_AUTH_CREDENTIALS, Credentials),
    SIZE(BG_FILE_RANGE),
    SIZE(struct _BG_FILE_RANGE),
    FIELD(BG_FILE_RANGE, InitialOffset),
    FIELD(BG_FILE_RANGE, Length),
    SIZE(BG_CERT_STORE_LOCATION),
    SIZE(BITS_JOB_PROPERTY_ID),
    SIZE(BITS_JOB_PROPERTY_VALUE),
    SIZE(union _BITS_JOB_PROPERTY_VALUE),
    FIELD(BITS_JOB_PROPERTY_VALUE, Dword),
    FIELD(BITS_JOB_PROPERTY_VALUE, ClsID),
    FIELD(BITS_JOB_PROPERTY_VALUE, Enable),
    FIELD(BITS_JOB_PROPERTY_VALUE, Uint64),
    FIELD(BITS_JOB_PROPERTY_VALUE, Target),

    SLOTS(IBackgroundCopyFile),
    FILE_SLOTS(IBackgroundCopyFile),

    SLOTS(IEnumBackgroundCopyFiles),
    UNKNOWN(IEnumBackgroundCopyFiles),
    SLOT(IEnumBackgroundCopyFiles, Next),
    SLOT(IEnumBackgroundCopyFiles, Skip),
    SLOT(IEnumBackgroundCopyFiles, Reset),
    SLOT(IEnumBackgroundCopyFiles, Clone),
    SLOT(IEnumBackgroundCopyFiles, GetCount),

    SLOTS(IBackgroundCopyError),
    UNKNOWN(IBackgroundCopyError),
    SLOT(IBackgroundCopyError, GetError),
    SLOT(IBackgroundCopyError, GetFile),
    SLOT(IBackgroundCopyError, GetErrorDescription),
    SLOT(IBackgroundCopyError, GetErrorContextDescription),
    SLOT(IBackgroundCopyError, GetProtocol),

    SLOTS(IBackgroundCopyJob),
    JOB_SLOTS(IBackgroundCopyJob),

    SLOTS(IEnumBackgroundCopyJobs),
    UNKNOWN(IEnumBackgroundCopyJobs),
    SLOT(IEnumBackgroundCopyJobs, Next),
    SLOT(IEnumBackgroundCopyJobs, Skip),
    SLOT(IEnumBackgroundCopyJobs, Reset),
    SLOT(IEnumBackgroundCopyJobs, Clone),
    SLOT(IEnumBackgroundCopyJobs, GetCount),

    SLOTS(IBackgroundCopyCallback),
    CALLBACK_SLOTS(IBackgroundCopyCallback),

    SLOTS(IBackgroundCopyManager),
    UNKNOWN(IBackgroundCopyManager),
    SLOT(IBackgroundCopyManager, CreateJob),
    SLOT(IBackgroundCopyManager, GetJob),
    SLOT(IBackgroundCopyManager, EnumJobs),
    SLOT(IBackgroundCopyManager, GetErrorDescription),

    SLOTS(IBackgroundCopyJob2),
    JOB2_SLOTS(IBackgroundCopyJob2),

    SLOTS(IBackgroundCopyJob3),
    JOB3_SLOTS(IBackgroundCopyJob3),

    SLOTS(IBackgroundCopyFile2),
    FILE_SLOTS(IBackgroundCopyFile2),
    SLOT(IBackgroundCopyFile2, GetFileRanges),
    SLOT(IBackgroundCopyFile2, SetRemoteName),

    SLOTS(IBackgroundCopyJobHttpOptions),
    UNKNOWN(IBackgroundCopyJobHttpOptions),
    SLOT(IBackgroundCopyJobHttpOptions, SetClientCertificateByID),
    SLOT(IBackgroundCopyJobHttpOptions, SetClientCertificateByName),
    SLOT(IBackgroundCopyJobHttpOptions, RemoveClientCertificate),
    SLOT(IBackgroundCopyJobHttpOptions, GetClientCertificate),
    SLOT(IBackgroundCopyJobHttpOptions, SetCustomHeaders),
    SLOT(IBackgroundCopyJobHttpOptions, GetCustomHeaders),
    SLOT(IBackgroundCopyJobHttpOptions, SetSecurityFlags),
    SLOT(IBackgroundCopyJobHttpOptions, GetSecurityFlags),

    SLOTS(IBackgroundCopyCallback2),
    CALLBACK_SLOTS(IBackgroundCopyCallback2),
    SLOT(IBackgroundCopyCallback2, FileTransferred),

    SLOTS(IBackgroundCopyJob4),
    JOB4_SLOTS(IBackgroundCopyJob4),

    SLOTS(IBackgroundCopyJob5),
    JOB4_SLOTS(IBackgroundCopyJob5),
    SLOT(IBackgroundCopyJob5, SetProperty),
    SLOT(IBackgroundCopyJob5, GetProperty),
};

static const struct identifier identifiers[] = {
    IDENTIFIER(IID_IBackgroundCopyFile),           IDENTIFIER(IID_IEnumBackgroundCopyFiles),
    IDENTIFIER(IID_IBackgroundCopyError),          IDENTIFIER(IID_IBackgroundCopyJob),
    IDENTIFIER(IID_IEnumBackgroundCopyJobs),       IDENTIFIER(IID_IBackgroundCopyCallback),
    IDENTIFIER(IID_IBackgroundCopyManager),        IDENTIFIER(IID_IBackgroundCopyJob2),
    IDENTIFIER(IID_IBackgroundCopyJob3),           IDENTIFIER(IID_IBackgroundCopyFile2),
    IDENTIFIER(IID_IBackgroundCopyJobHttpOptions), IDENTIFIER(IID_IBackgroundCopyCallback2),
    IDENTIFIER(IID_IBackgroundCopyJob4),           IDENTIFIER(IID_IBackgroundCopyJob5),
};

static inline void parameters(IBackgroundCopyFileVtbl *file, IEnumBackgroundCopyFilesVtbl *files,
                              IBackgroundCopyErrorVtbl *error, IBackgroundCopyJobVtbl *job,
                              IEnumBackgroundCopyJobsVtbl *jobs,
                              IBackgroundCopyCallbackVtbl *callback,
                              IBackgroundCopyManagerVtbl *manager, IBackgroundCopyJob2Vtbl *job2,
                              IBackgroundCopyJob3Vtbl *job3, IBackgroundCopyFile2Vtbl *file2,
                              IBackgroundCopyJobHttpOptionsVtbl *http,
                              IBackgroundCopyCallback2Vtbl *callback2,
                              IBackgroundCopyJob4Vtbl *job4, IBackgroundCopyJob5Vtbl *job5)
{
    METHOD(file->GetRemoteName, IBackgroundCopyFile *, GIVEN_TEXT *);
    METHOD(file->GetLocalName, IBackgroundCopyFile *, GIVEN_TEXT *);
    METHOD(file->GetProgress, IBackgroundCopyFile *, BG_FILE_PROGRESS *);
    METHOD(files->Next, IEnumBackgroundCopyFiles *, ULONG, IBackgroundCopyFile **, ULONG *);
    METHOD(files->Skip, IEnumBackgroundCopyFiles *, ULONG);
    METHOD(files->Reset, IEnumBackgroundCopyFiles *);
    METHOD(files->Clone, IEnumBackgroundCopyFiles *, IEnumBackgroundCopyFiles **);
    METHOD(files->GetCount, IEnumBackgroundCopyFiles *, ULONG *);
    METHOD(error->GetError, IBackgroundCopyError *, BG_ERROR_CONTEXT *, HRESULT *);
    METHOD(error->GetFile, IBackgroundCopyError *, IBackgroundCopyFile **);
    METHOD(error->GetErrorDescription, IBackgroundCopyError *, DWORD, GIVEN_TEXT *);
    METHOD(error->GetErrorContextDescription, IBackgroundCopyError *, DWORD, GIVEN_TEXT *);
    METHOD(error->GetProtocol, IBackgroundCopyError *, GIVEN_TEXT *);
    METHOD(job->AddFileSet, IBackgroundCopyJob *, ULONG, BG_FILE_INFO *);
    METHOD(job->AddFile, IBackgroundCopyJob *, LPCWSTR, LPCWSTR);
    METHOD(job->EnumFiles, IBackgroundCopyJob *, IEnumBackgroundCopyFiles **);
    METHOD(job->Suspend, IBackgroundCopyJob *);
    METHOD(job->Resume, IBackgroundCopyJob *);
    METHOD(job->Cancel, IBackgroundCopyJob *);
    METHOD(job->Complete, IBackgroundCopyJob *);
    METHOD(job->GetId, IBackgroundCopyJob *, GUID *);
    METHOD(job->GetType, IBackgroundCopyJob *, BG_JOB_TYPE *);
    METHOD(job->GetProgress, IBackgroundCopyJob *, BG_JOB_PROGRESS *);
    METHOD(job->GetTimes, IBackgroundCopyJob *, BG_JOB_TIMES *);
    METHOD(job->GetState, IBackgroundCopyJob *, BG_JOB_STATE *);
    METHOD(job->GetError, IBackgroundCopyJob *, IBackgroundCopyError **);
    METHOD(job->GetOwner, IBackgroundCopyJob *, GIVEN_TEXT *);
    METHOD(job->SetDisplayName, IBackgroundCopyJob *, LPCWSTR);
    METHOD(job->GetDisplayName, IBackgroundCopyJob *, GIVEN_TEXT *);
    METHOD(job->SetDescription, IBackgroundCopyJob *, LPCWSTR);
    METHOD(job->GetDescription, IBackgroundCopyJob *, GIVEN_TEXT *);
    METHOD(job->SetPriority, IBackgroundCopyJob *, BG_JOB_PRIORITY);
    METHOD(job->GetPriority, IBackgroundCopyJob *, BG_JOB_PRIORITY *);
    METHOD(job->SetNotifyFlags, IBackgroundCopyJob *, ULONG);
    METHOD(job->GetNotifyFlags, IBackgroundCopyJob *, ULONG *);
    METHOD(job->SetNotifyInterface, IBackgroundCopyJob *, IUnknown *);
    METHOD(job->GetNotifyInterface, IBackgroundCopyJob *, IUnknown **);
    METHOD(job->SetMinimumRetryDelay, IBackgroundCopyJob *, ULONG);
    METHOD(job->GetMinimumRetryDelay, IBackgroundCopyJob *, ULONG *);
    METHOD(job->SetNoProgressTimeout, IBackgroundCopyJob *, ULONG);
    METHOD(job->GetNoProgressTimeout, IBackgroundCopyJob *, ULONG *);
    METHOD(job->GetErrorCount, IBackgroundCopyJob *, ULONG *);
    METHOD(job->SetProxySettings, IBackgroundCopyJob *, BG_JOB_PROXY_USAGE, const WCHAR *,
           const WCHAR *);
    METHOD(job->GetProxySettings, IBackgroundCopyJob *, BG_JOB_PROXY_USAGE *, GIVEN_TEXT *,
           GIVEN_TEXT *);
    METHOD(job->TakeOwnership, IBackgroundCopyJob *);
    METHOD(jobs->Next, IEnumBackgroundCopyJobs *, ULONG, IBackgroundCopyJob **, ULONG *);
    METHOD(jobs->Skip, IEnumBackgroundCopyJobs *, ULONG);
    METHOD(jobs->Reset, IEnumBackgroundCopyJobs *);
    METHOD(jobs->Clone, IEnumBackgroundCopyJobs *, IEnumBackgroundCopyJobs **);
    METHOD(jobs->GetCount, IEnumBackgroundCopyJobs *, ULONG *);
    METHOD(callback->JobTransferred, IBackgroundCopyCallback *, IBackgroundCopyJob *);
    METHOD(callback->JobError, IBackgroundCopyCallback *, IBackgroundCopyJob *,
           IBackgroundCopyError *);
    METHOD(callback->JobModification, IBackgroundCopyCallback *, IBackgroundCopyJob *, DWORD);
    METHOD(manager->CreateJob, IBackgroundCopyManager *, LPCWSTR, BG_JOB_TYPE, GUID *,
           IBackgroundCopyJob **);
    METHOD(manager->GetJob, IBackgroundCopyManager *, REFGUID, IBackgroundCopyJob **);
    METHOD(manager->EnumJobs, IBackgroundCopyManager *, DWORD, IEnumBackgroundCopyJobs **);
    METHOD(manager->GetErrorDescription, IBackgroundCopyManager *, HRESULT, DWORD, GIVEN_TEXT *);
    METHOD(job2->SetNotifyCmdLine, IBackgroundCopyJob2 *, LPCWSTR, LPCWSTR);
    METHOD(job2->GetNotifyCmdLine, IBackgroundCopyJob2 *, GIVEN_TEXT *, GIVEN_TEXT *);
    METHOD(job2->GetReplyProgress, IBackgroundCopyJob2 *, BG_JOB_REPLY_PROGRESS *);
    METHOD(job2->GetReplyData, IBackgroundCopyJob2 *, byte **, UINT64 *);
    METHOD(job2->SetReplyFileName, IBackgroundCopyJob2 *, LPCWSTR);
    METHOD(job2->GetReplyFileName, IBackgroundCopyJob2 *, GIVEN_TEXT *);
    METHOD(job2->SetCredentials, IBackgroundCopyJob2 *, BG_AUTH_CREDENTIALS *);
    METHOD(job2->RemoveCredentials, IBackgroundCopyJob2 *, BG_AUTH_TARGET, BG_AUTH_SCHEME);
    METHOD(job3->ReplaceRemotePrefix, IBackgroundCopyJob3 *, LPCWSTR, LPCWSTR);
    METHOD(job3->AddFileWithRanges, IBackgroundCopyJob3 *, LPCWSTR, LPCWSTR, DWORD,
           BG_FILE_RANGE *);
    METHOD(job3->SetFileACLFlags, IBackgroundCopyJob3 *, DWORD);
    METHOD(job3->GetFileACLFlags, IBackgroundCopyJob3 *, DWORD *);
    METHOD(file2->GetFileRanges, IBackgroundCopyFile2 *, DWORD *, BG_FILE_RANGE **);
    METHOD(file2->SetRemoteName, IBackgroundCopyFile2 *, LPCWSTR);
    METHOD(http->SetClientCertificateByID, IBackgroundCopyJobHttpOptions *, BG_CERT_STORE_LOCATION,
           LPCWSTR, BYTE *);
    METHOD(http->SetClientCertificateByName, IBackgroundCopyJobHttpOptions *,
           BG_CERT_STORE_LOCATION, LPCWSTR, LPCWSTR);
    METHOD(http->RemoveClientCertificate, IBackgroundCopyJobHttpOptions *);
    METHOD(http->GetClientCertificate, IBackgroundCopyJobHttpOptions *, BG_CERT_STORE_LOCATION *,
           GIVEN_TEXT *, BYTE **, GIVEN_TEXT *);
    METHOD(http->SetCustomHeaders, IBackgroundCopyJobHttpOptions *, LPCWSTR);
    METHOD(http->GetCustomHeaders, IBackgroundCopyJobHttpOptions *, GIVEN_TEXT *);
    METHOD(http->SetSecurityFlags, IBackgroundCopyJobHttpOptions *, ULONG);
    METHOD(http->GetSecurityFlags, IBackgroundCopyJobHttpOptions *, ULONG *);
    METHOD(callback2->FileTransferred, IBackgroundCopyCallback2 *, IBackgroundCopyJob *,
           IBackgroundCopyFile *);
    METHOD(job4->SetPeerCachingFlags, IBackgroundCopyJob4 *, DWORD);
    METHOD(job4->GetPeerCachingFlags, IBackgroundCopyJob4 *, DWORD *);
    METHOD(job4->GetOwnerIntegrityLevel, IBackgroundCopyJob4 *, ULONG *);
    METHOD(job4->GetOwnerElevationState, IBackgroundCopyJob4 *, BOOL *);
    METHOD(job4->SetMaximumDownloadTime, IBackgroundCopyJob4 *, ULONG);
    METHOD(job4->GetMaximumDownloadTime, IBackgroundCopyJob4 *, ULONG *);
    METHOD(job5->SetProperty, IBackgroundCopyJob5 *, BITS_JOB_PROPERTY_ID, BITS_JOB_PROPERTY_VALUE);
    METHOD(job5->GetProperty, IBackgroundCopyJob5 *, BITS_JOB_PROPERTY_ID,
           BITS_JOB_PROPERTY_VALUE *);
}
