// Journal: the supervisor's own log, in the form of io/log, kept within bounds.
#pragma once

#include "base/clock.hpp"
#include "launch/log_file.hpp"
#include "log/log.hpp"

namespace x1::launch {

class Journal {
 public:
  Journal(LogFile file, const base::Clock& clock) : file_(std::move(file)), clock_(clock) {}
  void info(std::string_view event, log::Fields fields = {}) { write(log::Level::info, event, fields); }
  void warn(std::string_view event, log::Fields fields = {}) { write(log::Level::warn, event, fields); }
  void error(std::string_view event, const base::Error& why) {
    write(log::Level::error, event, {{"code", base::to_string(why.code)}, {"why", why.message}});
  }

 private:
  void write(log::Level level, std::string_view event, log::Fields fields) {
    file_.append(log::format(clock_.now(), "x1-supervisor", level, event, fields));
  }
  LogFile file_;
  const base::Clock& clock_;
};

}  // namespace x1::launch
