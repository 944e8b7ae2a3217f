#include "policy/dialog.hpp"

#include <algorithm>

#include "policy/dialog_page.hpp"
#include "policy/visible.hpp"
#include "wire/json.hpp"

namespace x1::policy {
namespace {

using wire::PlannedRequest;

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

bool has_foreign_letters(std::string_view host) { return host.find("xn--") != std::string_view::npos; }

std::string origin_text(const wire::Origin& origin) {
  return make_visible(wire::to_string(origin), {.ascii_only = true});
}

std::string path_text(std::string_view path) { return make_visible(path, {.show_padding = true, .ascii_only = true}); }

std::string url_text(const PlannedRequest& request) {
  return origin_text(request.origin) + make_visible(request.target, {.show_padding = true, .ascii_only = true});
}

// The account as the person knows it, with the one origin that all the requests go to; every one if they differ.
std::string account_text(const Challenge& challenge) {
  std::vector<std::string> origins;
  for (const auto& request : challenge.request.requests) {
    auto text = origin_text(request.origin);
    if (std::ranges::find(origins, text) == origins.end()) origins.push_back(std::move(text));
  }
  std::string text = challenge.request.connection.text();
  for (const auto& origin : origins)
    text.append(&origin == &origins.front() ? " at " : " and ").append(origin);
  return text;
}

std::string scope_title(const Challenge& challenge, const Scope* scope) {
  const auto name = visible(challenge.request.scope);
  return scope == nullptr ? name : visible(scope->title) + " (" + name + ")";
}

void write_who(DialogPage& page, const Challenge& challenge, const Manifest* manifest, const Scope* scope) {
  const auto tool = visible(challenge.request.tool);
  page.labelled("Allow", scope_title(challenge, scope));
  page.labelled("Tool", manifest == nullptr ? tool : tool + ", of " + visible(manifest->title));
  page.labelled("Account", account_text(challenge));
  if (challenge.within) page.labelled("Part", path_text(*challenge.within) + " of it, and nothing else");
  page.labelled("Person", challenge.request.actor.text() + ", in session " + challenge.session.text() + ", turn " +
                              std::to_string(static_cast<std::uint64_t>(challenge.turn)));
  page.labelled("Asked", base::format_time(challenge.issued) + ", open until " + base::format_time(challenge.expires));
  if (scope == nullptr) {
    page.labelled("Effect", "Unknown: no approved manifest has this scope. Take it for one that changes things.");
  } else if (scope->side_effects) {
    page.labelled("Effect", "It CHANGES things in this account.");
  } else {
    page.labelled("Effect", "It reads; by its manifest it changes nothing.");
  }
  if (challenge.assurance == Assurance::terminal) page.labelled("Confirm", "With your key, in x1 on this machine.");
  if (challenge.assurance == Assurance::passkey) page.labelled("Confirm", "With your passkey.");
}

// Lines that all end in CR LF, as in iCalendar, are told so once; otherwise each CR is shown where it stands.
// Gives back what is to be told.
std::string write_text(DialogPage& page, std::string_view indent, std::string_view text, std::string_view lead = "") {
  std::string lines;
  lines.reserve(text.size());
  std::size_t newlines = 0;
  std::size_t pairs = 0;
  for (const char c : text) {
    if (c == '\n') {
      ++newlines;
      if (lines.ends_with('\r')) {
        ++pairs;
        lines.pop_back();
      }
    }
    lines.push_back(c);
  }
  const bool all_pairs = pairs > 0 && pairs == newlines;
  page.quoted(indent, all_pairs ? std::string_view(lines) : text, lead);
  return all_pairs ? "lines end in CR LF" : "";
}

void write_argument(DialogPage& page, std::string_view name, const wire::Value& value) {
  constexpr std::size_t column = 14;
  const auto* text = value.string();
  std::string lead = "  " + make_visible(name, {.show_padding = true}) + (text == nullptr ? " (value)" : "");
  const std::string indent(column, ' ');
  if (lead.size() < column) {
    lead.append(column - lead.size(), ' ');
  } else {
    page.line("", lead);
    lead.clear();
  }
  const auto told = write_text(page, indent, text == nullptr ? wire::canonical_json(value) : *text, lead);
  if (!told.empty()) page.paragraph("(" + told + ")", indent);
}

void write_arguments(DialogPage& page, const wire::Value& arguments) {
  page.heading("What the agent asked for, in its own words");
  page.blank();
  const auto* members = arguments.object();
  if (members == nullptr) {
    page.quoted("  ", wire::canonical_json(arguments));
  } else if (members->empty()) {
    page.paragraph("(no arguments)");
  } else {
    for (const auto& [name, value] : *members)
      write_argument(page, name, value);
  }
}

constexpr std::string_view below_request = "     ";

void write_body(DialogPage& page, const PlannedRequest& request) {
  if (request.elided || request.body.size() > wire::max_shown_body) {
    const auto digest = request.elided ? request.elided->sha256 : crypto::sha256(request.body);
    const auto bytes = request.elided ? std::to_string(request.elided->bytes) : std::to_string(request.body.size());
    page.paragraph("A body of " + bytes + " bytes, too long to be shown here, known by its SHA-256:", below_request);
    return page.paragraph(crypto::to_hex(digest), below_request);
  }
  if (request.body.empty()) return page.paragraph("(no body)", below_request);
  page.blank();
  const auto told = write_text(page, below_request, request.body);
  const auto size = counted(request.body.size(), "byte", "bytes");
  page.paragraph("(" + size + (told.empty() ? "" : ", ") + told + ")", below_request);
}

void write_request(DialogPage& page, const PlannedRequest& request, std::size_t number) {
  page.line("  ",
            std::to_string(number) + ". " + std::string(wire::to_string(request.method)) + " " + url_text(request));
  if (has_foreign_letters(request.origin.host)) {
    page.paragraph(
        "LOOK CLOSELY: this host's name is written in letters of another alphabet (xn--…), which can be made to look "
        "like a name that you know.",
        below_request);
  }
  for (const auto& header : request.headers) {
    page.line(below_request, make_visible(header.name, {.show_padding = true}) + ": " +
                                 make_visible(header.value, {.show_padding = true}));
  }
  write_body(page, request);
}

void write_requests(DialogPage& page, const std::vector<PlannedRequest>& requests) {
  if (requests.empty()) {
    page.heading("What would be sent: nothing, as the call is planned.");
    return;
  }
  page.heading("What would be sent: " + counted(requests.size(), "request", "requests") +
               ", entire, and the account's credential with " + (requests.size() == 1 ? "it" : "each"));
  std::size_t number = 0;
  for (const auto& request : requests) {
    page.blank();
    write_request(page, request, ++number);
  }
}

std::string source_text(const Source& source) {
  const auto id = make_visible(source.id, {.show_padding = true, .ascii_only = true});
  switch (source.kind) {
    case SourceKind::user: return "- the words of " + id;
    case SourceKind::connection: return "- what stands in the account " + id;
    case SourceKind::host: return "- what the server " + id + " said";
  }
  return "- " + id;
}

void write_source_list(DialogPage& page, std::string_view heading, std::span<const Source> sources) {
  if (sources.empty()) return;
  page.heading(heading);
  page.blank();
  for (const auto& source : sources)
    page.line("    ", source_text(source));
  page.blank();
}

// Whose words the agent may be acting on: first what a person who allowed the same before does not know of.
void write_sources(DialogPage& page, const Challenge& challenge) {
  const std::span<const Source> all = challenge.sources;
  const auto known = challenge.known.value_or(all.size());
  if (known < all.size()) {
    write_source_list(page, "Since you allowed this, the session has read:", all.subspan(known));
    write_source_list(page, "It had read before that:", all.first(known));
  } else if (all.size() > 1) {
    write_source_list(page, "So far, the session has read:", all);
  }
}

void write_numbered(DialogPage& page, const std::vector<std::string>& lines) {
  std::size_t number = 0;
  for (const auto& line : lines)
    page.line("    ", "[" + std::to_string(++number) + "] " + line);
}

// What the person may choose instead of all that is asked for.
void write_choices(DialogPage& page, const Challenge& challenge) {
  const auto& [accounts, parts] = challenge.choices;
  if (!challenge.base_path.empty()) {
    page.blank();
    page.paragraph(
        "You can allow it for longer in one part of the account only, and the agent gets just that: any path "
        "below " +
        path_text(challenge.within ? *challenge.within : challenge.base_path) + " that ends with '/'" +
        (parts.empty() ? "." : ", as"));
    std::vector<std::string> lines;
    for (const auto& part : parts)
      lines.push_back(path_text(part));
    write_numbered(page, lines);
  }
  if (accounts.empty()) return;
  page.blank();
  page.paragraph("The agent named no account. You can have the question asked about another one of yours:");
  std::vector<std::string> lines;
  for (const auto& [id, url] : accounts)
    lines.push_back(id.text() + " at " + path_text(url) + (id == challenge.request.connection ? " (this one)" : ""));
  write_numbered(page, lines);
}

// Of names of root elements, without their namespaces: " (calendar-query, free-busy-query)".
std::string reports_text(const std::vector<std::string>& reports) {
  std::string text;
  for (const auto& report : reports)
    text.append(text.empty() ? " (" : ", ").append(visible(report.substr(report.find('}') + 1)));
  return text.empty() ? text : text + ")";
}

std::string rule_text(const HttpRule& rule, const std::string& where) {
  std::string text;
  for (const auto method : rule.methods) {
    if (!text.empty()) text.append(method == rule.methods.back() ? " or " : ", ");
    text.append(wire::to_string(method));
    if (method == wire::Method::report) text.append(reports_text(rule.reports));
  }
  if (rule.path == "**") return text + " on " + where + " and all below it";
  return text + " on " + visible(rule.path) + " right below " + where;
}

void write_longer(DialogPage& page, const Challenge& challenge, const Scope* scope) {
  page.heading("If you allow it for longer than this once");
  page.blank();
  page.paragraph(
      "Single requests will NOT be shown to you any more. Until the grant ends or you revoke it, the agent may have "
      "these sent without asking, and with other contents than those above:");
  if (scope == nullptr || scope->http.empty()) {
    page.paragraph("- none that an approved manifest names", "    ");
    return;
  }
  const auto where = challenge.within ? path_text(*challenge.within) : std::string("the account's address");
  for (const auto& rule : scope->http)
    page.paragraph("- " + rule_text(rule, where), "    ");
  if (scope->side_effects) {
    page.paragraph("You will be asked again when somebody or something else has come into the session.");
  }
}

}  // namespace

std::string render_dialog(const Challenge& challenge, const Manifest* manifest) {
  const Scope* scope = manifest == nullptr ? nullptr : find_scope(*manifest, challenge.request.scope);
  const auto& requests = challenge.request.requests;
  DialogPage page;
  page.rule();
  page.heading("An agent asks for your permission");
  page.rule();
  write_who(page, challenge, manifest, scope);
  page.blank();
  write_arguments(page, challenge.request.arguments);
  page.blank();
  write_requests(page, requests);
  page.blank();
  write_sources(page, challenge);
  write_longer(page, challenge, scope);
  write_choices(page, challenge);
  page.blank();
  page.rule();
  // Once more at the end, where the eye is when a long text has scrolled by.
  page.labelled("Allow", scope_title(challenge, scope) + "?");
  page.labelled("Account", account_text(challenge));
  page.labelled("Shown", counted(requests.size(), "request", "requests") + ", SHA-256 of the whole question:");
  page.labelled("", crypto::to_hex(challenge.digest));
  page.rule();
  return page.take();
}

}  // namespace x1::policy
