#include "wire/http.hpp"

#include <algorithm>
#include <array>

#include "wire/http_head.hpp"

namespace x1::wire {

std::string_view to_string(Method method) noexcept {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::delete_: return "DELETE";
    case Method::patch: return "PATCH";
    case Method::options: return "OPTIONS";
    case Method::propfind: return "PROPFIND";
    case Method::report: return "REPORT";
    case Method::mkcol: return "MKCOL";
    case Method::move: return "MOVE";
    case Method::copy: return "COPY";
    case Method::connect: return "CONNECT";
  }
  return "";
}

base::Result<Method> method_from(std::string_view text) {
  constexpr std::array methods{Method::get,   Method::head,    Method::post,     Method::put,    Method::delete_,
                               Method::patch, Method::options, Method::propfind, Method::report, Method::mkcol,
                               Method::move,  Method::copy,    Method::connect};
  const auto found = std::ranges::find(methods, text, [](Method method) { return to_string(method); });
  if (found == methods.end())
    return base::Error{base::Code::unsupported, "The HTTP method is not one that is known here.", ""};
  return *found;
}

const std::string* HttpRequest::header(std::string_view lower_case_name) const noexcept {
  return http_head::find_header(headers, lower_case_name);
}

const std::string* HttpResponse::header(std::string_view lower_case_name) const noexcept {
  return http_head::find_header(headers, lower_case_name);
}

}  // namespace x1::wire
