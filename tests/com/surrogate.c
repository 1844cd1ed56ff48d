/* SPDX-License-Identifier: MIT */
#include "surrogate.h"

#include "com/kept_stubs.h"

enum order { ORDER_MANAGER = 'm', ORDER_CALLBACK = 'c', ORDER_REST = 'r' };

static bool write_all(HANDLE pipe, const void *data, DWORD size)
{
    DWORD written = 0;
    return WriteFile(pipe, data, size, &written, NULL) && written == size;
}

static bool read_all(HANDLE pipe, void *data, DWORD size)
{
    char *at = data;
    while (size > 0) {
        DWORD got = 0;
        if (!ReadFile(pipe, at, size, &got, NULL) || got == 0)
            return false;
        at += got;
        size -= got;
    }
    return true;
}

/* ---- marshalled interfaces ------------------------------------------------------------------ */

static bool read_stream(IStream *stream, struct packet *packet)
{
    const LARGE_INTEGER zero = {.QuadPart = 0};
    ULARGE_INTEGER end;
    if (IStream_Seek(stream, zero, STREAM_SEEK_CUR, &end) != S_OK ||
        end.QuadPart > sizeof packet->bytes ||
        IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL) != S_OK)
        return false;
    ULONG got = 0;
    packet->size = (uint32_t)end.QuadPart;
    return IStream_Read(stream, packet->bytes, packet->size, &got) == S_OK && got == packet->size;
}

bool packet_make(struct packet *packet, REFIID iid, void *face)
{
    IStream *stream;
    if (CreateStreamOnHGlobal(NULL, TRUE, &stream) != S_OK)
        return false;
    bool made =
        CoMarshalInterface(stream, iid, face, MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL) == S_OK &&
        read_stream(stream, packet);
    IStream_Release(stream);
    return made;
}

HRESULT packet_open(const struct packet *packet, REFIID iid, void **face)
{
    const LARGE_INTEGER zero = {.QuadPart = 0};
    IStream *stream;
    *face = NULL;
    HRESULT hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (hr != S_OK)
        return hr;
    hr = IStream_Write(stream, packet->bytes, packet->size, NULL);
    if (hr == S_OK)
        hr = IStream_Seek(stream, zero, STREAM_SEEK_SET, NULL);
    if (hr == S_OK)
        hr = CoUnmarshalInterface(stream, iid, face);
    IStream_Release(stream);
    return hr;
}

/* ---- its side ------------------------------------------------------------------------------- */

struct service {
    HANDLE orders, answers;
    HMODULE dll; /* loaded for as long as the process lives, so that it can be asked */
    IBackgroundCopyQMgr *queue_manager;
    struct listener *listener;
};

static bool have_manager(struct service *service)
{
    return service->queue_manager != NULL ||
           CoCreateInstance(&CLSID_BackgroundCopyQMgr, NULL, CLSCTX_INPROC_SERVER,
                            &IID_IBackgroundCopyQMgr, (void **)&service->queue_manager) == S_OK;
}

static bool give_manager(struct service *service)
{
    struct packet packet = {0};
    return have_manager(service) && kept_stubs_begin() == S_OK &&
           packet_make(&packet, &IID_IBackgroundCopyQMgr, service->queue_manager) &&
           write_all(service->answers, &packet, sizeof packet);
}

static bool give_callback(struct service *service)
{
    struct packet packet = {0};
    return packet_make(&packet, &IID_IBackgroundCopyCallback1, listener_face(service->listener)) &&
           write_all(service->answers, &packet, sizeof packet);
}

static bool may_unload(void *service)
{
    return dll_can_unload(((struct service *)service)->dll) == S_OK;
}

static bool rest(struct service *service)
{
    struct census census = {0};
    if (service->queue_manager != NULL)
        IBackgroundCopyQMgr_Release(service->queue_manager);
    service->queue_manager = NULL;
    kept_stubs_end();
    bool rests = wait_until(may_unload, service) && census_take(&census);
    return write_all(service->answers, &rests, sizeof rests) &&
           write_all(service->answers, &census, sizeof census);
}

static bool obey(struct service *service, char order)
{
    switch ((enum order)order) {
    case ORDER_MANAGER: return give_manager(service);
    case ORDER_CALLBACK: return give_callback(service);
    case ORDER_REST: return rest(service);
    }
    return false;
}

int surrogate_main(void)
{
    struct service service = {.orders = GetStdHandle(STD_INPUT_HANDLE),
                              .answers = GetStdHandle(STD_OUTPUT_HANDLE)};
    char order;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    service.dll = load_dll();
    service.listener = listener_new();
    while (service.dll != NULL && read_all(service.orders, &order, sizeof order)) {
        if (!obey(&service, order))
            return 1;
    }
    if (service.queue_manager != NULL)
        IBackgroundCopyQMgr_Release(service.queue_manager);
    listener_release(service.listener);
    CoUninitialize();
    return 0;
}

/* ---- the client's side ---------------------------------------------------------------------- */

struct pipes {
    HANDLE its_input, its_output;
};

/* The surrogate's ends are inherited, ours are not. */
static bool make_pipes(struct surrogate *surrogate, struct pipes *pipes)
{
    return CreatePipe(&pipes->its_input, &surrogate->orders, NULL, 0) &&
           CreatePipe(&surrogate->answers, &pipes->its_output, NULL, 0) &&
           SetHandleInformation(pipes->its_input, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT) &&
           SetHandleInformation(pipes->its_output, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
}

bool surrogate_start(struct surrogate *surrogate)
{
    wchar_t program[MAX_PATH + 1];
    struct pipes pipes;
    PROCESS_INFORMATION process;
    if (GetModuleFileNameW(NULL, program, MAX_PATH) == 0 || !make_pipes(surrogate, &pipes))
        return false;
    struct text line = text_of(L"\"%ls\" " SURROGATE_ARGUMENT, program);
    STARTUPINFOW startup = {.cb = sizeof startup,
                            .dwFlags = STARTF_USESTDHANDLES,
                            .hStdInput = pipes.its_input,
                            .hStdOutput = pipes.its_output,
                            .hStdError = GetStdHandle(STD_ERROR_HANDLE)};
    BOOL made =
        CreateProcessW(program, line.w, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
    CloseHandle(pipes.its_input);
    CloseHandle(pipes.its_output);
    if (!made)
        return false;
    CloseHandle(process.hThread);
    surrogate->process = process.hProcess;
    return true;
}

static bool order(struct surrogate *surrogate, enum order what, void *answer, DWORD size)
{
    const char letter = (char)what;
    return write_all(surrogate->orders, &letter, sizeof letter) &&
           read_all(surrogate->answers, answer, size);
}

bool surrogate_manager(struct surrogate *surrogate, struct packet *packet)
{
    return order(surrogate, ORDER_MANAGER, packet, sizeof *packet);
}

bool surrogate_callback(struct surrogate *surrogate, struct packet *packet)
{
    return order(surrogate, ORDER_CALLBACK, packet, sizeof *packet);
}

bool surrogate_rest(struct surrogate *surrogate, struct census *census)
{
    bool rests = false;
    return order(surrogate, ORDER_REST, &rests, sizeof rests) &&
           read_all(surrogate->answers, census, sizeof *census) && rests;
}

bool surrogate_end(struct surrogate *surrogate)
{
    DWORD code = 1;
    CloseHandle(surrogate->orders);
    bool ended = WaitForSingleObject(surrogate->process, LONG_ENOUGH_MS) == WAIT_OBJECT_0 &&
                 GetExitCodeProcess(surrogate->process, &code) && code == 0;
    CloseHandle(surrogate->process);
    CloseHandle(surrogate->answers);
    return ended;
}
