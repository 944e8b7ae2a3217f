// One mount of the plan: its source opened in the old tree, then attached in the new one.
#pragma once

#include "sandbox/apply.hpp"

namespace x1::sandbox {

// Copies the mount's source, when it has one, into prepared.trees[index]; -1 for an optional one that is not there.
[[nodiscard]] Failed open_source(const Mount& mount, Prepared& prepared, std::uint32_t index) noexcept;
[[nodiscard]] Failed attach(const Mount& mount, const Prepared& prepared, int root, std::uint32_t index) noexcept;

struct TmpfsOptions {
  std::uint64_t bytes = 0;
  std::uint32_t mode = 0755;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};
// Holds folders, links and a few small files.
inline constexpr TmpfsOptions root_tmpfs{.bytes = 1 << 20, .mode = 0755, .uid = 0, .gid = 0};

// A detached tmpfs, nosuid and nodev: a descriptor of its root, or -1 with errno.
[[nodiscard]] int make_tmpfs(const TmpfsOptions& options) noexcept;
// Attaches a detached mount to a path below `folder`.
[[nodiscard]] bool move_to(int tree, int folder, const char* path) noexcept;
[[nodiscard]] Failed open_overlay(const Overlay& overlay, Prepared& prepared, std::uint32_t index) noexcept;
[[nodiscard]] Failed attach_overlay(const Overlay& overlay, const Prepared& prepared, int root,
                                    std::uint32_t index) noexcept;
[[nodiscard]] Failed attach_devices(const Devices& devices, int root, std::uint32_t index) noexcept;

// Makes the folders above `target` (absolute, inside), and `target` itself as a folder or an empty file.
enum class Node { folder, file };
[[nodiscard]] bool make_target(int root, const std::string& target, Node node) noexcept;
// The target as the kernel wants it relative to the root: without the leading slash.
[[nodiscard]] const char* relative(const std::string& target) noexcept;

}  // namespace x1::sandbox
