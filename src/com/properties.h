/* SPDX-License-Identifier: MIT */
/* The properties of a group: what GetProp gives and SetProp takes (qmgr.md 3.7, Q45 to Q53). */
#ifndef QMGR_COM_PROPERTIES_H
#define QMGR_COM_PROPERTIES_H

#include <windows.h>
#include <qmgr.h>
#include <stdint.h>

#include "queue/queue.h"

/* *value is overwritten, never read; VT_EMPTY on failure. E_NOTIMPL for what is not supported. */
HRESULT property_get(struct queue *queue, int64_t key, GROUPPROP which, VARIANT *value);

/* E_NOTIMPL for what is not supported, whatever the VARIANT; then E_INVALIDARG for a type or
 * value that does not suit. On failure the old value stays. */
HRESULT property_set(struct queue *queue, int64_t key, GROUPPROP which, const VARIANT *value);

/* The class to be notified, as SetProp stored it: true if the text names one. */
BOOL property_clsid(const char *text, CLSID *clsid);

#endif
