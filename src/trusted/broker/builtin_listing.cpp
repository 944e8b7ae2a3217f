// What the agent reads about the platform's own tools. Models act on these words: they say what happens, and what to
// do with each answer.
#include "broker/tools.hpp"

namespace x1::broker {
namespace {

using wire::Value;

Value text(std::int64_t max_length, const char* description) {
  return Value::Object{{"type", "string"}, {"maxLength", max_length}, {"description", description}};
}

Value tool(const char* name, const char* title, const char* description, Value::Object properties,
           Value::Array required) {
  return Value::Object{{"name", name},
                       {"title", title},
                       {"description", description},
                       {"inputSchema", Value::Object{{"type", "object"},
                                                     {"properties", std::move(properties)},
                                                     {"required", std::move(required)},
                                                     {"additionalProperties", false}}}};
}

}  // namespace

Value::Array builtin_listing() {
  return Value::Array{
      tool("request_permission", "Ask the person for permission",
           "Asks the person to allow one call of another tool. Give that tool's name and exactly the arguments you "
           "will call it with: the person sees them and what would be sent. The answer's status is \"granted\" (now "
           "call the tool with the same arguments), \"denied\" (the person said no: do not ask again, find another "
           "way or stop), or \"pending\" (no decision yet: call this again with the same arguments to go on waiting; "
           "it does not ask twice). With wait: false the answer comes at once, with a ticket: call this with the "
           "ticket alone to hear how it stands (\"pending\", \"granted\", \"denied\" or \"expired\"), and do something "
           "else meanwhile. A client that listens to GET /mcp is notified of the decision.",
           {{"tool", text(128, "The name of the tool you want to call.")},
            {"arguments",
             Value::Object{{"type", "object"}, {"description", "The arguments you will call that tool with."}}},
            {"wait", Value::Object{{"type", "boolean"},
                                   {"description",
                                    "Wait for the decision (the default), for up to 50 seconds. "
                                    "false: answer at once, with a ticket."}}},
            {"ticket", text(64, "Instead of all the others: the ticket of an earlier answer.")}},
           {}),
      tool("emit_status", "Say what you are doing",
           "Shows the person one short line about what you are doing now. It is shown as your words.",
           {{"text", text(2000, "One line.")}}, {"text"}),
      tool("emit_artifact", "Hand over a result",
           "Gives the person a text document as a result of your work, for example a summary in Markdown. It is shown "
           "as yours.",
           {{"name", text(200, "A file name, like summary.md.")},
            {"media_type", text(100, "Like text/markdown or text/plain.")},
            {"text", text(262'144, "The document itself.")}},
           {"name", "media_type", "text"}),
      tool("ask_user", "Ask the person a question",
           "Asks the person a question in your words and waits up to 50 seconds for the answer. The status is "
           "\"answered\" with the text, or \"pending\": call this again with the same question to go on waiting. Never "
           "ask for passwords or keys: you do not need them.",
           {{"question", text(4000, "The question.")}}, {"question"}),
  };
}

}  // namespace x1::broker
