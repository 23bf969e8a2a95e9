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
#include <malloc.h>
#include <netinet/in.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <linux/udp.h>

#endif
