// DANGER: leaves a layer out. The program has the machine's network: internet, loopback services, abstract sockets.
// For fault-injection tests and explicit operator flags; the caller logs and shows it (A3).
#pragma once

namespace x1::sandbox::weaken {

class WithoutNetworkNamespace {
 public:
  friend WithoutNetworkNamespace without_network_namespace();

 private:
  WithoutNetworkNamespace() = default;
};
inline WithoutNetworkNamespace without_network_namespace() { return {}; }

}  // namespace x1::sandbox::weaken
