#include "sandbox/step.hpp"

#include "seal/missing.hpp"

namespace x1::sandbox {

StepText text_of(Step step) noexcept {
  namespace layer = seal::layer;
  switch (step) {
    case Step::none: return {"start", "nothing"};
    case Step::join_cgroup: return {"control group", "joining it"};
    case Step::join_network: return {layer::network_namespace, "joining the given one"};
    case Step::loopback_up: return {layer::network_namespace, "bringing lo up"};
    case Step::hostname: return {layer::uts_namespace, "setting the host name"};
    case Step::private_mounts: return {layer::mount_namespace, "cutting propagation"};
    case Step::open_sources: return {layer::mount_namespace, "opening a mount's source"};
    case Step::root: return {layer::mount_namespace, "making an empty root"};
    case Step::bind: return {layer::mount_namespace, "binding"};
    case Step::tmpfs: return {layer::mount_namespace, "mounting a tmpfs"};
    case Step::overlay: return {layer::mount_namespace, "mounting the overlay"};
    case Step::devices: return {layer::mount_namespace, "making /dev"};
    case Step::proc: return {layer::mount_namespace, "mounting /proc"};
    case Step::files: return {layer::mount_namespace, "writing a file of the root"};
    case Step::pivot: return {layer::mount_namespace, "changing the root"};
    case Step::read_only_root: return {layer::mount_namespace, "making the root read-only"};
    case Step::descriptors: return {layer::descriptors, "placing them"};
    case Step::session: return {"session", "starting one"};
    case Step::terminal: return {"terminal", "making it the controlling one"};
    case Step::limits: return {layer::process_limits, "setting them"};
    case Step::groups: return {layer::user_namespace, "dropping supplementary groups"};
    case Step::identity: return {layer::user_namespace, "changing to the box's id"};
    case Step::user_namespace: return {layer::user_namespace, "making it"};
    case Step::id_maps: return {layer::user_namespace, "mapping the id"};
    case Step::capabilities: return {layer::capabilities, "dropping them"};
    case Step::parent: return {layer::process_limits, "dying with the starter"};
    case Step::working_folder: return {"working folder", "entering it"};
    case Step::execute: return {"program", "executing it"};
  }
  return {"start", "an unknown step"};
}

}  // namespace x1::sandbox
