// Every piece of heap memory is overwritten before it is given back. JSON readers, strings and the answers of a server
// that echoes a password leave copies behind that no Secret knows of: in a process that sees passwords they must not
// outlive the call.
#pragma once

namespace x1::wipe {

// Does nothing at run time: a program that calls it links the replaced operator delete of wiped_memory.cpp.
void wipe_freed_memory() noexcept;
// Overwrites the part of the stack below the caller, where finished calls left their words.
void wipe_finished_stack() noexcept;

}  // namespace x1::wipe
