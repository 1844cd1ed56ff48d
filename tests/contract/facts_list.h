/* SPDX-License-Identifier: MIT */
/* The body of ours.c and theirs.c: to be included once, after a qmgr.h and facts.h. */

static const struct fact list[] = {
    CONSTANT(QM_NOTIFY_FILE_DONE),
    CONSTANT(QM_NOTIFY_JOB_DONE),
    CONSTANT(QM_NOTIFY_GROUP_DONE),
    CONSTANT(QM_NOTIFY_DISABLE_NOTIFY),
    CONSTANT(QM_NOTIFY_USE_PROGRESSEX),
    CONSTANT(QM_STATUS_FILE_COMPLETE),
    CONSTANT(QM_STATUS_FILE_INCOMPLETE),
    CONSTANT(QM_STATUS_JOB_COMPLETE),
    CONSTANT(QM_STATUS_JOB_INCOMPLETE),
    CONSTANT(QM_STATUS_JOB_ERROR),
    CONSTANT(QM_STATUS_JOB_FOREGROUND),
    CONSTANT(QM_STATUS_GROUP_COMPLETE),
    CONSTANT(QM_STATUS_GROUP_INCOMPLETE),
    CONSTANT(QM_STATUS_GROUP_SUSPENDED),
    CONSTANT(QM_STATUS_GROUP_ERROR),
    CONSTANT(QM_STATUS_GROUP_FOREGROUND),
    CONSTANT(QM_PROTOCOL_HTTP),
    CONSTANT(QM_PROTOCOL_FTP),
    CONSTANT(QM_PROTOCOL_SMB),
    CONSTANT(QM_PROTOCOL_CUSTOM),
    CONSTANT(QM_PROGRESS_PERCENT_DONE),
    CONSTANT(QM_PROGRESS_TIME_DONE),
    CONSTANT(QM_PROGRESS_SIZE_DONE),
    /* With the cast, a constant that is an HRESULT would come out as a negative number. */
    CONSTANT(QM_E_INVALID_STATE),
    CONSTANT(QM_E_SERVICE_UNAVAILABLE),
    CONSTANT(QM_E_DOWNLOADER_UNAVAILABLE),
    CONSTANT(QM_E_ITEM_NOT_FOUND),
    CONSTANT(GROUPPROP_PRIORITY),
    CONSTANT(GROUPPROP_REMOTEUSERID),
    CONSTANT(GROUPPROP_REMOTEUSERPWD),
    CONSTANT(GROUPPROP_LOCALUSERID),
    CONSTANT(GROUPPROP_LOCALUSERPWD),
    CONSTANT(GROUPPROP_PROTOCOLFLAGS),
    CONSTANT(GROUPPROP_NOTIFYFLAGS),
    CONSTANT(GROUPPROP_NOTIFYCLSID),
    CONSTANT(GROUPPROP_PROGRESSSIZE),
    CONSTANT(GROUPPROP_PROGRESSPERCENT),
    CONSTANT(GROUPPROP_PROGRESSTIME),
    CONSTANT(GROUPPROP_DISPLAYNAME),
    CONSTANT(GROUPPROP_DESCRIPTION),

    SIZE(GROUPPROP),
    SIZE(FILESETINFO),
    SIZE(struct _FILESETINFO),
    FIELD(FILESETINFO, bstrRemoteFile),
    FIELD(FILESETINFO, bstrLocalFile),
    FIELD(FILESETINFO, dwSizeHint),

    SLOTS(IBackgroundCopyQMgr),
    UNKNOWN(IBackgroundCopyQMgr),
    SLOT(IBackgroundCopyQMgr, CreateGroup),
    SLOT(IBackgroundCopyQMgr, GetGroup),
    SLOT(IBackgroundCopyQMgr, EnumGroups),

    SLOTS(IBackgroundCopyGroup),
    UNKNOWN(IBackgroundCopyGroup),
    SLOT(IBackgroundCopyGroup, GetProp),
    SLOT(IBackgroundCopyGroup, SetProp),
    SLOT(IBackgroundCopyGroup, GetProgress),
    SLOT(IBackgroundCopyGroup, GetStatus),
    SLOT(IBackgroundCopyGroup, GetJob),
    SLOT(IBackgroundCopyGroup, SuspendGroup),
    SLOT(IBackgroundCopyGroup, ResumeGroup),
    SLOT(IBackgroundCopyGroup, CancelGroup),
    SLOT(IBackgroundCopyGroup, get_Size),
    SLOT(IBackgroundCopyGroup, get_GroupID),
    SLOT(IBackgroundCopyGroup, CreateJob),
    SLOT(IBackgroundCopyGroup, EnumJobs),
    SLOT(IBackgroundCopyGroup, SwitchToForeground),
    SLOT(IBackgroundCopyGroup, QueryNewJobInterface),
    SLOT(IBackgroundCopyGroup, SetNotificationPointer),

    SLOTS(IBackgroundCopyJob1),
    UNKNOWN(IBackgroundCopyJob1),
    SLOT(IBackgroundCopyJob1, CancelJob),
    SLOT(IBackgroundCopyJob1, GetProgress),
    SLOT(IBackgroundCopyJob1, GetStatus),
    SLOT(IBackgroundCopyJob1, AddFiles),
    SLOT(IBackgroundCopyJob1, GetFile),
    SLOT(IBackgroundCopyJob1, GetFileCount),
    SLOT(IBackgroundCopyJob1, SwitchToForeground),
    SLOT(IBackgroundCopyJob1, get_JobID),

    SLOTS(IEnumBackgroundCopyGroups),
    UNKNOWN(IEnumBackgroundCopyGroups),
    SLOT(IEnumBackgroundCopyGroups, Next),
    SLOT(IEnumBackgroundCopyGroups, Skip),
    SLOT(IEnumBackgroundCopyGroups, Reset),
    SLOT(IEnumBackgroundCopyGroups, Clone),
    SLOT(IEnumBackgroundCopyGroups, GetCount),

    SLOTS(IEnumBackgroundCopyJobs1),
    UNKNOWN(IEnumBackgroundCopyJobs1),
    SLOT(IEnumBackgroundCopyJobs1, Next),
    SLOT(IEnumBackgroundCopyJobs1, Skip),
    SLOT(IEnumBackgroundCopyJobs1, Reset),
    SLOT(IEnumBackgroundCopyJobs1, Clone),
    SLOT(IEnumBackgroundCopyJobs1, GetCount),

    SLOTS(IBackgroundCopyCallback1),
    UNKNOWN(IBackgroundCopyCallback1),
    SLOT(IBackgroundCopyCallback1, OnStatus),
    SLOT(IBackgroundCopyCallback1, OnProgress),
    SLOT(IBackgroundCopyCallback1, OnProgressEx),
};

static inline void parameters(IBackgroundCopyQMgrVtbl *qmgr, IBackgroundCopyGroupVtbl *group,
                              IBackgroundCopyJob1Vtbl *job, IEnumBackgroundCopyGroupsVtbl *groups,
                              IEnumBackgroundCopyJobs1Vtbl *jobs,
                              IBackgroundCopyCallback1Vtbl *callback)
{
    METHOD(qmgr->CreateGroup, IBackgroundCopyQMgr *, GUID, IBackgroundCopyGroup **);
    METHOD(qmgr->GetGroup, IBackgroundCopyQMgr *, GUID, IBackgroundCopyGroup **);
    METHOD(qmgr->EnumGroups, IBackgroundCopyQMgr *, DWORD, IEnumBackgroundCopyGroups **);
    METHOD(group->GetProp, IBackgroundCopyGroup *, GROUPPROP, VARIANT *);
    METHOD(group->SetProp, IBackgroundCopyGroup *, GROUPPROP, VARIANT *);
    METHOD(group->GetProgress, IBackgroundCopyGroup *, DWORD, DWORD *);
    METHOD(group->GetStatus, IBackgroundCopyGroup *, DWORD *, DWORD *);
    METHOD(group->GetJob, IBackgroundCopyGroup *, GUID, IBackgroundCopyJob1 **);
    METHOD(group->SuspendGroup, IBackgroundCopyGroup *);
    METHOD(group->ResumeGroup, IBackgroundCopyGroup *);
    METHOD(group->CancelGroup, IBackgroundCopyGroup *);
    METHOD(group->get_Size, IBackgroundCopyGroup *, DWORD *);
    METHOD(group->get_GroupID, IBackgroundCopyGroup *, GUID *);
    METHOD(group->CreateJob, IBackgroundCopyGroup *, GUID, IBackgroundCopyJob1 **);
    METHOD(group->EnumJobs, IBackgroundCopyGroup *, DWORD, IEnumBackgroundCopyJobs1 **);
    METHOD(group->SwitchToForeground, IBackgroundCopyGroup *);
    METHOD(group->QueryNewJobInterface, IBackgroundCopyGroup *, REFIID, IUnknown **);
    METHOD(group->SetNotificationPointer, IBackgroundCopyGroup *, REFIID, IUnknown *);
    METHOD(job->CancelJob, IBackgroundCopyJob1 *);
    METHOD(job->GetProgress, IBackgroundCopyJob1 *, DWORD, DWORD *);
    METHOD(job->GetStatus, IBackgroundCopyJob1 *, DWORD *, DWORD *, DWORD *, DWORD *);
    METHOD(job->AddFiles, IBackgroundCopyJob1 *, ULONG, FILESETINFO **);
    METHOD(job->GetFile, IBackgroundCopyJob1 *, ULONG, FILESETINFO *);
    METHOD(job->GetFileCount, IBackgroundCopyJob1 *, DWORD *);
    METHOD(job->SwitchToForeground, IBackgroundCopyJob1 *);
    METHOD(job->get_JobID, IBackgroundCopyJob1 *, GUID *);
    METHOD(groups->Next, IEnumBackgroundCopyGroups *, ULONG, GUID *, ULONG *);
    METHOD(groups->Skip, IEnumBackgroundCopyGroups *, ULONG);
    METHOD(groups->Reset, IEnumBackgroundCopyGroups *);
    METHOD(groups->Clone, IEnumBackgroundCopyGroups *, IEnumBackgroundCopyGroups **);
    METHOD(groups->GetCount, IEnumBackgroundCopyGroups *, ULONG *);
    METHOD(jobs->Next, IEnumBackgroundCopyJobs1 *, ULONG, GUID *, ULONG *);
    METHOD(jobs->Skip, IEnumBackgroundCopyJobs1 *, ULONG);
    METHOD(jobs->Reset, IEnumBackgroundCopyJobs1 *);
    METHOD(jobs->Clone, IEnumBackgroundCopyJobs1 *, IEnumBackgroundCopyJobs1 **);
    METHOD(jobs->GetCount, IEnumBackgroundCopyJobs1 *, ULONG *);
    METHOD(callback->OnStatus, IBackgroundCopyCallback1 *, IBackgroundCopyGroup *,
           IBackgroundCopyJob1 *, DWORD, DWORD, DWORD, DWORD, DWORD);
    METHOD(callback->OnProgress, IBackgroundCopyCallback1 *, DWORD, IBackgroundCopyGroup *,
           IBackgroundCopyJob1 *, DWORD, DWORD);
    METHOD(callback->OnProgressEx, IBackgroundCopyCallback1 *, DWORD, IBackgroundCopyGroup *,
           IBackgroundCopyJob1 *, DWORD, DWORD, DWORD, BYTE *);
}
