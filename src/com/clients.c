/* SPDX-License-Identifier: MIT */
#include "com/clients.h"

#include <stdlib.h>
#include <windows.h>

#include "com/host.h"
#include "platform/log.h"
#include "platform/platform.h"
#include "platform/winapi.h"

struct client {
    struct client *next;
    DWORD id;
    HANDLE process; /* as long as it is open, the number belongs to no other process */
};

static struct lock *lock; /* guards the list */
static struct client *clients;

bool clients_init(void)
{
    lock = lock_new();
    return lock != NULL;
}

static void remove_first(struct client **link)
{
    struct client *client = *link;
    *link = client->next;
    CloseHandle(client->process);
    free(client);
}

void clients_done(void)
{
    while (clients)
        remove_first(&clients);
    lock_free(lock);
    lock = NULL;
}

static void remove_dead(void)
{
    struct client **link = &clients;
    while (*link) {
        if (WaitForSingleObject((*link)->process, 0) == WAIT_TIMEOUT)
            link = &(*link)->next;
        else
            remove_first(link);
    }
}

static bool is_known(DWORD id)
{
    const struct client *client = clients;
    while (client && client->id != id)
        client = client->next;
    return client != NULL;
}

static void add(DWORD id)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, id);
    struct client *client = process ? malloc(sizeof *client) : NULL;
    if (client) {
        *client = (struct client){.next = clients, .id = id, .process = process};
        clients = client;
        return;
    }
    log_event("process %lu cannot be watched: system error %lu", (unsigned long)id,
              (unsigned long)GetLastError());
    if (process)
        CloseHandle(process);
}

void clients_note_caller(void)
{
    DWORD id;
    if (!host_is_here() || !winapi_is_wine() || !winapi_rpc_caller(&id) ||
        id == GetCurrentProcessId())
        return;
    lock_take(lock);
    if (!is_known(id)) {
        remove_dead();
        add(id);
    }
    lock_drop(lock);
}

bool clients_exist(void)
{
    if (!winapi_is_wine())
        return true;
    lock_take(lock);
    remove_dead();
    const bool exist = clients != NULL;
    lock_drop(lock);
    return exist;
}
