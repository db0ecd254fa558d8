#pragma once
#include <libpq-fe.h>
// What the polling thread uses of Linux and Swift's Glibc module leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
