// System calls by what they are for. Used by profiles.cpp alone.
#pragma once

#include <array>

namespace x1::seal::calls {

// Every process: its memory, time, signals to itself, descriptors that it already has.
inline constexpr std::array core{"read",
                                 "write",
                                 "readv",
                                 "writev",
                                 "pread64",
                                 "pwrite64",
                                 "preadv",
                                 "pwritev",
                                 "preadv2",
                                 "pwritev2",
                                 "close",
                                 "close_range",
                                 "fstat",
                                 "lseek",
                                 "munmap",
                                 "mremap",
                                 "madvise",
                                 "brk",
                                 "rt_sigaction",
                                 "rt_sigprocmask",
                                 "rt_sigreturn",
                                 "sigaltstack",
                                 "rt_sigpending",
                                 "rt_sigtimedwait",
                                 "rt_sigsuspend",
                                 "clock_gettime",
                                 "clock_getres",
                                 "clock_nanosleep",
                                 "gettimeofday",
                                 "time",
                                 "nanosleep",
                                 "getpid",
                                 "gettid",
                                 "getppid",
                                 "getuid",
                                 "geteuid",
                                 "getgid",
                                 "getegid",
                                 "futex",
                                 "set_robust_list",
                                 "get_robust_list",
                                 "rseq",
                                 "set_tid_address",
                                 "exit",
                                 "exit_group",
                                 "sched_yield",
                                 "sched_getaffinity",
                                 "getrandom",
                                 "restart_syscall",
                                 "dup",
                                 "dup2",
                                 "dup3",
                                 "fcntl",
                                 "pipe",
                                 "pipe2",
                                 "getrlimit",
                                 "prlimit64",
                                 "sysinfo",
                                 "uname",
                                 "membarrier",
                                 "getrusage",
                                 "times",
                                 "arch_prctl",
                                 "mlock",
                                 "mlock2",
                                 "munlock",
                                 "msync",
                                 "mincore",
                                 "tgkill",
                                 "prctl",
                                 "getcpu",
                                 "memfd_create",
                                 "sigreturn"};

inline constexpr std::array waiting{
    "poll",           "ppoll",           "select",          "pselect6",     "epoll_create", "epoll_create1",
    "epoll_ctl",      "epoll_wait",      "epoll_pwait",     "epoll_pwait2", "eventfd",      "eventfd2",
    "timerfd_create", "timerfd_settime", "timerfd_gettime", "signalfd",     "signalfd4",    "pause",
    "alarm",          "getitimer",       "setitimer"};

// On sockets that exist already.
inline constexpr std::array streams{"recvfrom",   "recvmsg",    "recvmmsg",    "sendto",      "sendmsg", "sendmmsg",
                                    "getsockopt", "setsockopt", "getsockname", "getpeername", "shutdown"};
inline constexpr std::array accepting{"accept", "accept4"};
inline constexpr std::array connecting{"connect"};
inline constexpr std::array serving{"bind", "listen", "accept", "accept4"};

// Memory that may be made executable (Node's and Python's compilers), and every ioctl but those that seccomp.cpp
// denies.
inline constexpr std::array memory_any{"mmap",      "mprotect", "ioctl",      "pkey_mprotect",    "pkey_alloc",
                                       "pkey_free", "mlockall", "munlockall", "remap_file_pages", "get_mempolicy"};
inline constexpr std::array memory_any_but_ioctl{"mmap", "mprotect"};

// Files within what the mounts and Landlock leave.
inline constexpr std::array files{
    "open",     "openat",          "openat2",         "creat",     "stat",       "lstat",     "newfstatat", "statx",
    "access",   "faccessat",       "faccessat2",      "readlink",  "readlinkat", "getdents",  "getdents64", "getcwd",
    "fsync",    "fdatasync",       "sync_file_range", "ftruncate", "truncate",   "fallocate", "fadvise64",  "flock",
    "mkdir",    "mkdirat",         "rmdir",           "unlink",    "unlinkat",   "rename",    "renameat",   "renameat2",
    "link",     "linkat",          "chmod",           "fchmod",    "fchmodat",   "umask",     "statfs",     "fstatfs",
    "sendfile", "copy_file_range", "utimensat"};

inline constexpr std::array files_wide{"chown",
                                       "fchown",
                                       "lchown",
                                       "fchownat",
                                       "symlink",
                                       "symlinkat",
                                       "chdir",
                                       "fchdir",
                                       "utime",
                                       "utimes",
                                       "futimesat",
                                       "sync",
                                       "syncfs",
                                       "splice",
                                       "tee",
                                       "vmsplice",
                                       "readahead",
                                       "inotify_init",
                                       "inotify_init1",
                                       "inotify_add_watch",
                                       "inotify_rm_watch",
                                       "getxattr",
                                       "lgetxattr",
                                       "fgetxattr",
                                       "listxattr",
                                       "llistxattr",
                                       "flistxattr",
                                       "setxattr",
                                       "lsetxattr",
                                       "fsetxattr",
                                       "removexattr",
                                       "lremovexattr",
                                       "fremovexattr",
                                       "io_setup",
                                       "io_destroy",
                                       "io_submit",
                                       "io_cancel",
                                       "io_getevents",
                                       "io_pgetevents",
                                       "mq_open",
                                       "mq_unlink",
                                       "mq_timedsend",
                                       "mq_timedreceive",
                                       "mq_notify",
                                       "mq_getsetattr",
                                       "shmget",
                                       "shmat",
                                       "shmdt",
                                       "shmctl",
                                       "semget",
                                       "semop",
                                       "semctl",
                                       "semtimedop",
                                       "msgget",
                                       "msgsnd",
                                       "msgrcv",
                                       "msgctl"};

inline constexpr std::array processes{"fork",
                                      "vfork",
                                      "execve",
                                      "execveat",
                                      "wait4",
                                      "waitid",
                                      "kill",
                                      "tkill",
                                      "rt_sigqueueinfo",
                                      "rt_tgsigqueueinfo",
                                      "setpgid",
                                      "getpgid",
                                      "getpgrp",
                                      "setsid",
                                      "getsid",
                                      "pidfd_open",
                                      "pidfd_send_signal",
                                      "setrlimit",
                                      "timer_create",
                                      "timer_settime",
                                      "timer_gettime",
                                      "timer_getoverrun",
                                      "timer_delete"};

// These change nothing in a user namespace with one id and no capability; shells and git call them.
inline constexpr std::array identity{"setuid",    "setgid",    "setreuid",  "setregid",  "setresuid",
                                     "setresgid", "getresuid", "getresgid", "getgroups", "setfsuid",
                                     "setfsgid",  "capget",    "capset",    "setgroups"};

inline constexpr std::array scheduling{"sched_setaffinity",
                                       "sched_getparam",
                                       "sched_setparam",
                                       "sched_getscheduler",
                                       "sched_setscheduler",
                                       "sched_get_priority_max",
                                       "sched_get_priority_min",
                                       "sched_rr_get_interval",
                                       "sched_getattr",
                                       "sched_setattr",
                                       "getpriority",
                                       "setpriority",
                                       "ioprio_get",
                                       "ioprio_set"};

// A process may always give up more.
inline constexpr std::array sandboxing{"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",
                                       "seccomp"};

inline constexpr std::array clone3_only{"clone3"};

// C library code that looks for a file (time zone, locale, name service) and does without.
inline constexpr std::array asked_in_passing{"open",       "openat", "stat",      "lstat",      "newfstatat",
                                             "statx",      "access", "faccessat", "faccessat2", "readlink",
                                             "readlinkat", "getcwd", "statfs"};
inline constexpr std::array asked_in_passing_but_open{"open",     "access",     "faccessat", "faccessat2",
                                                      "readlink", "readlinkat", "getcwd"};
// What the C library asks about a file that was opened to be read (fstat is newfstatat since glibc 2.33).
inline constexpr std::array about_files{"stat", "lstat", "newfstatat", "statx"};

}  // namespace x1::seal::calls
