// Caller: asks by operationId, and holds every answer against what the file declares for it. Remembers which declared
// answers have been seen.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "contract/openapi/schema.hpp"
#include "contract/openapi/world.hpp"

namespace x1::contract {

struct Call {
  std::string_view operation;
  std::vector<std::string> path = {};  // the parameters of the path, in order
  wire::Value body = {};
  std::string token = {};  // empty: the owner's
  std::string query = {};  // "?after=1"
};

class Caller {
 public:
  explicit Caller(const World& world) : world_(world) {}
  // Checks status and shape.
  Answer operator()(const Call& call, int expected);
  // The two halves, for what the test has to answer itself meanwhile.
  [[nodiscard]] HttpClient begin(const Call& call);
  Answer end(const Call& call, HttpClient& client, int expected);
  void saw(std::string_view operation, int status) { seen_.emplace(operation, status); }

  // "operation status" of each declared answer that was not seen.
  [[nodiscard]] std::vector<std::string> unseen() const;

 private:
  [[nodiscard]] Ask ask_for(const Call& call) const;
  const World& world_;
  OpenApi openapi_;
  std::set<std::pair<std::string, int>> seen_;
};

}  // namespace x1::contract
