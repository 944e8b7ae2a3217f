#include "providers/calendar/caldav.hpp"

#include <pugixml.hpp>

namespace x1::calendar {
namespace {

constexpr std::size_t max_resources = 10'000;
constexpr unsigned max_depth = 32;

std::string query(const std::string& filter) {
  return R"(<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
  <d:prop><d:getetag/><c:calendar-data/></d:prop>
  <c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">)" +
         filter + R"(</c:comp-filter></c:comp-filter></c:filter>
</c:calendar-query>
)";
}

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

// The name without its prefix: servers choose prefixes freely, and the names that matter here are unique without.
std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// The text of the first element of that name below `node`, depth first.
std::string find_text(const pugi::xml_node& node, std::string_view name, unsigned depth = 0) {
  if (depth > max_depth) return "";
  for (const auto child : node.children()) {
    if (local_name(child) == name) return child.text().get();
    if (auto found = find_text(child, name, depth + 1); !found.empty()) return found;
  }
  return "";
}

}  // namespace

std::string time_range_query(Seconds start, Seconds end) {
  return query("<c:time-range start=\"" + format_ical(start) + "\" end=\"" + format_ical(end) + "\"/>");
}

std::string uid_query(std::string_view uid) {
  return query("<c:prop-filter name=\"UID\"><c:text-match collation=\"i;octet\">" + escape(uid) +
               "</c:text-match></c:prop-filter>");
}

base::Result<std::vector<Resource>> parse_multistatus(std::string_view xml) {
  pugi::xml_document document;
  // Default parsing reads no DOCTYPE and expands no entities but the five of XML itself.
  const auto outcome = document.load_buffer(xml.data(), xml.size());
  const auto root = document.document_element();
  if (!outcome || local_name(root) != "multistatus") {
    return base::Error{base::Code::upstream_error, "The calendar server's answer is not a DAV multistatus.", ""};
  }
  std::vector<Resource> resources;
  for (const auto response : root.children()) {
    if (local_name(response) != "response") continue;
    Resource resource{find_text(response, "href"), find_text(response, "getetag"),
                      find_text(response, "calendar-data")};
    if (resource.href.empty() || resource.data.empty()) continue;
    if (resources.size() == max_resources) {
      return base::Error{base::Code::too_large, "The calendar has too many events in this range.",
                         "ask for a shorter range"};
    }
    resources.push_back(std::move(resource));
  }
  return resources;
}

}  // namespace x1::calendar
