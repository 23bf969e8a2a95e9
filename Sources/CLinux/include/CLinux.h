/* What Swift's Glibc module does not show: netlink, XFRM, packet information, epoll helpers. */
#ifndef SWAND_CLINUX_H
#define SWAND_CLINUX_H

#define _GNU_SOURCE 1
#include <features.h>
/* Swift's own Glibc module is built without X/Open names; fd_set must look the same in both. */
#undef __USE_XOPEN
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/prctl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <linux/udp.h>

/* No core dump, and no debugger of another user, sees this process's memory; 0 where the kernel agreed. prctl(2) takes
   any number of arguments, which Swift cannot call. */
static inline int swand_hide_memory(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
static inline int swand_is_memory_hidden(void) { return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0; }

#endif
