/* SPDX-License-Identifier: MIT */
/* Whom to tell of which group, as far as this process knows. Of a class it is known only that
 * there is one: which, stands in the queue, where another process may change it.
 *
 * Any thread may call. The list has a lock of its own, under which nothing else is called. A
 * delivery works on copies (struct target), so a registration may change or go at any time; its
 * version tells the delivery whether it did. */
#ifndef QMGR_COM_REGISTRATIONS_H
#define QMGR_COM_REGISTRATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "com/callback.h"

/* Does this process tell the group's class? */
enum listening {
    LISTENING_NOT,
    LISTENING_ADOPTED, /* found in the queue: only while no other process listens */
    LISTENING_OWN,     /* a client of this process has set it */
};

/* Whom to call in one delivery. */
struct target {
    int64_t key;
    unsigned version;
    bool adopted;
    DWORD cookie;                       /* of the client's object; 0: the class is meant */
    CLSID clsid;                        /* the class; filled in by whoever reads the queue */
    IBackgroundCopyCallback1 *instance; /* of that class, from the last delivery; may be NULL */
};

enum outcome {
    OUTCOME_DONE,  /* told, or nothing to tell */
    OUTCOME_AGAIN, /* the client did not take it */
    OUTCOME_LOST,  /* the client's object is no more: its class, if it has one, takes its place */
    OUTCOME_GONE,  /* the group is not in the queue any more */
};

bool registrations_init(void); /* false if out of memory */
void registrations_done(void);

/* Makes room for the group, so that what follows cannot fail. False if out of memory. */
bool registrations_add(int64_t key);
/* Takes the group off the list; `leftover` is what has to be let go of. */
void registrations_remove(int64_t key, struct leftover *leftover);
/* The same for any group. False if the list is empty. */
bool registrations_pop(struct leftover *leftover);

/* The cookie of the client's object, 0 for none. False if the group is not on the list (any
 * more). */
bool registrations_set_cookie(int64_t key, DWORD cookie, struct leftover *leftover);
/* The class is told in two steps: first a ticket, then, when it has been read from the queue,
 * what it is (NULL for none). A later ticket makes earlier ones void. */
unsigned registrations_class_ticket(int64_t key);
void registrations_class_read(int64_t key, unsigned ticket, const CLSID *clsid, enum listening how,
                              struct leftover *leftover);
enum listening registrations_listening(int64_t key);

/* True, with the target, if somebody is to be told and is not being told already. */
bool registrations_peek(int64_t key, struct target *target);
/* Takes the target that was peeked at for a delivery of the event, if its time has come. */
bool registrations_claim(struct target *target, int64_t serial);
/* The delivery has ended. */
void registrations_settle(const struct target *target, enum outcome outcome, int64_t serial,
                          struct leftover *leftover);
/* Is that still whom to call? */
bool registrations_is_current(const struct target *target);
/* The class was found to be cleared. */
void registrations_class_gone(const struct target *target);
/* Keeps the instance of the class for the next event, if it is wanted. *instance is then what was
 * kept before, or NULL; that, or the unwanted one, is the caller's to release. */
void registrations_keep(const struct target *target, IBackgroundCopyCallback1 **instance);

/* True if nobody is to be told of anything. */
bool registrations_idle(void);
struct listed {
    int64_t key;
    bool has_target;
    bool own; /* and it was set by a client of this process */
};
/* malloc'ed, NULL if there is none. False if out of memory. */
bool registrations_list(struct listed **list, size_t *count);

#endif
