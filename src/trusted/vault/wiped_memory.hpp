// Every piece of heap memory is overwritten before it is given back. JSON readers and strings leave copies behind that
// no Secret knows of; in the process that holds everybody's passwords they must not survive the call.
#pragma once

namespace x1::vault {

// Does nothing at run time: a program that calls it links the replaced operator delete of wiped_memory.cpp.
void wipe_freed_memory() noexcept;
// Overwrites the part of the stack below the caller, where finished calls left their words.
void wipe_finished_stack() noexcept;

}  // namespace x1::vault
