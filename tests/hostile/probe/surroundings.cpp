// A2: what a box is given, looked at from inside: environment, descriptors, mounts, processes, its own rights.
#include <dirent.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <string_view>

#include "attempt.hpp"

extern char** environ;

namespace x1::probe {
namespace {

std::vector<std::string> entries_of(const char* folder) {
  std::vector<std::string> out;
  DIR* open = ::opendir(folder);
  if (open == nullptr) return out;
  for (const dirent* entry = ::readdir(open); entry != nullptr; entry = ::readdir(open)) {
    const std::string name(std::begin(entry->d_name));
    if (name != "." && name != "..") out.push_back(name);
  }
  ::closedir(open);
  return out;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Outcome environment_is(const std::vector<std::string>& names) {
  std::set<std::string> wanted(names.begin(), names.end());
#pragma clang unsafe_buffer_usage begin  // environ has no other form
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text(*variable);
#pragma clang unsafe_buffer_usage end
    const auto name = text.substr(0, text.find('='));
    if (wanted.erase(name) == 0) return got_through("there is a variable " + name);
  }
  return wanted.empty() ? refused("exactly the variables promised") : got_through("missing: " + *wanted.begin());
}

// 0, 1, 2; one pipe end of the probe's own; one for the folder being read.
Outcome descriptors() {
  std::string extra;
  for (const auto& name : entries_of("/proc/self/fd")) {
    if (!is_number(name) || std::stoi(name) <= 2) continue;
    std::array<char, 256> target{};
    const auto size = ::readlink(("/proc/self/fd/" + name).c_str(), target.data(), target.size());
    const std::string_view where(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    if (where.starts_with("pipe:") || where.starts_with("/proc/") || where.empty()) continue;
    extra = name + " is " + std::string(where);
  }
  if (entries_of("/proc/self/fd").empty()) return got_through("/proc/self/fd can't be read: nothing was proven");
  return extra.empty() ? refused("none but 0, 1 and 2") : got_through(extra);
}

Outcome mounts() {
  constexpr std::array expected{"/",    "/usr",        "/opt/agent", "/opt/node", "/workspace",
                                "/tmp", "/home/agent", "/proc",      "/probe"};
  std::istringstream lines(text_of("/proc/self/mountinfo"));
  std::string line;
  int seen = 0;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string id, parent, device, root, point, options;
    words >> id >> parent >> device >> root >> point >> options;
    ++seen;
    const bool known = std::ranges::find(expected, point) != expected.end() || point.starts_with("/dev/") ||
                       point.starts_with("/etc/");
    if (!known) return got_through("mounted: " + point);
    if (options.find("nosuid") == std::string::npos) return got_through("not nosuid: " + point);
    const bool devices = point.starts_with("/dev/");
    if (!devices && options.find("nodev") == std::string::npos) return got_through("not nodev: " + point);
    const bool writable =
        point == "/workspace" || point == "/tmp" || point == "/home/agent" || point == "/proc" || devices;
    if (!writable && !options.starts_with("ro")) return got_through("writable: " + point);
  }
  return seen > 0 ? refused(std::to_string(seen) + " mounts, all expected") : got_through("mountinfo can't be read");
}

// The first process, the probe, and the child in which this runs.
Outcome other_processes() {
  constexpr long most = 3;
  const auto names = entries_of("/proc");
  const auto count = std::ranges::count_if(names, is_number);
  if (count == 0) return got_through("/proc shows nothing: nothing was proven");
  return count <= most ? refused(std::to_string(count) + " processes, all of this box")
                       : got_through(std::to_string(count) + " processes are visible");
}

Outcome status_says(std::string_view key, std::string_view wanted) {
  std::istringstream lines(text_of("/proc/self/status"));
  std::string line;
  while (std::getline(lines, line)) {
    if (!line.starts_with(key)) continue;
    const auto value = line.substr(line.find_first_not_of(": \t", key.size()));
    return value == wanted ? refused(line) : got_through(line);
  }
  return got_through("/proc/self/status has no " + std::string(key));
}

// One id inside, and it is not the machine's root.
Outcome one_id() {
  std::istringstream words(text_of("/proc/self/uid_map"));
  unsigned long inside = 0, outside = 0, count = 0;
  if (!(words >> inside >> outside >> count)) return got_through("no id map can be read");
  if (count != 1) return got_through(std::to_string(count) + " ids are mapped");
  if (words >> inside) return got_through("more than one range of ids is mapped");
  return refused("one id is mapped");
}

}  // namespace

void add_surroundings(std::vector<Attempt>& attempts, const Targets& targets) {
  const auto add = [&](std::string name, std::function<Outcome()> act) {
    attempts.push_back({std::move(name), "A2", std::move(act)});
  };
  if (!targets.variables.empty()) add("environment", [=] { return environment_is(targets.variables); });
  add("descriptors", descriptors);
  add("mounts", mounts);
  add("processes", other_processes);
  add("id-map", one_id);
  add("no-new-privileges", [] { return status_says("NoNewPrivs", "1"); });
  add("seccomp-mode", [] { return status_says("Seccomp", "2"); });
  for (const std::string set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    add("capabilities-" + set, [=] { return status_says(set, "0000000000000000"); });
  }
}

}  // namespace x1::probe
