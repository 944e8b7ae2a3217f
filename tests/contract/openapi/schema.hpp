// schema/openapi.json as the tests read it: what each operation declares, and whether a value is as declared. Of JSON
// Schema it knows what the file uses, and refuses to guess at anything else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/value.hpp"

namespace x1::contract {

struct DeclaredOperation {
  std::string id;
  std::string method;  // "GET"
  std::string path;
  const wire::Value* value = nullptr;
};

class OpenApi {
 public:
  OpenApi();  // reads the file
  [[nodiscard]] const std::vector<DeclaredOperation>& operations() const { return operations_; }
  [[nodiscard]] const DeclaredOperation& operation(std::string_view id) const;
  // The response that is declared for this status, or the default one; references followed.
  [[nodiscard]] const wire::Value& response(const DeclaredOperation& operation, int status) const;
  [[nodiscard]] const wire::Value& resolved(const wire::Value& value) const;
  // What is wrong with the value, if anything: "items[0].state: …".
  [[nodiscard]] std::optional<std::string> problem(const wire::Value& schema, const wire::Value& value) const;

 private:
  [[nodiscard]] std::optional<std::string> object_problem(const wire::Value& schema, const wire::Value& value) const;
  wire::Value document_;
  std::vector<DeclaredOperation> operations_;
};

}  // namespace x1::contract
