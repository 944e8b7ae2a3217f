// Every piece of heap memory is overwritten before it is given back: a server that echoes the password puts it into
// buffers that no Secret knows of, and it must not outlive the call there. (The vault does the same for itself; global
// functions can't live in a library that every program links.)
#pragma once

namespace x1::dialer {

// Does nothing at run time: a program that calls it links the replaced operator delete of wiped_memory.cpp.
void wipe_freed_memory() noexcept;
// Overwrites the part of the stack below the caller, where finished calls left their words.
void wipe_finished_stack() noexcept;

}  // namespace x1::dialer
