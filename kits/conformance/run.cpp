// Usage: run STEPS. Runs the stories of STEPS with the C++ kit.
#include <qamera/mock.h>

#include <cctype>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

using qamera::mock::Error;
using qamera::mock::Json;
using qamera::mock::Server;
using qamera::mock::Workspace;

namespace {

[[noreturn]] void fail(const std::string& message) { throw std::logic_error(message); }

/// `${name}` in texts becomes what was kept under that name.
Json filled(const Json& value, const std::map<std::string, std::string>& kept) {
  std::string text = value.dump();
  for (const auto& [name, found] : kept) {
    const std::string place = "${" + name + "}";
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place)) {
      text.replace(at, place.size(), found);
    }
  }
  return Json::parse(text);
}

/// All of `expected` is in `seen`: objects may have further members.
void assert_has(const Json& seen, const Json& expected, const std::string& at) {
  if (expected.is_array() && (!seen.is_array() || seen.size() != expected.size())) fail(at + ": " + seen.dump());
  if (!expected.is_structured()) {
    if (seen != expected) fail(at + ": expected " + expected.dump() + ", was " + seen.dump());
    return;
  }
  for (const auto& [name, one] : expected.items()) {
    if (expected.is_object() && !seen.contains(name)) fail(at + "/" + name + ": " + seen.dump());
    assert_has(expected.is_object() ? seen[name] : seen[std::stoul(name)], one, at + "/" + name);
  }
}

/// untilIdle -> until_idle, of the members of an object
Json in_snake_case(const Json& options) {
  Json renamed = Json::object();
  for (const auto& [name, value] : options.items()) {
    std::string snake;
    for (const char letter : name) {
      if (std::isupper(static_cast<unsigned char>(letter)) != 0) snake += '_';
      snake += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    renamed[snake] = value;
  }
  return renamed;
}

Json send(const std::string& base, const std::string& key, const Json& arguments) {
  httplib::Request request;
  request.method = arguments.at(0);
  request.path = arguments.at(1);
  request.headers = {{"Content-Type", "application/json"}};
  if (!key.empty()) request.headers.emplace("X-Api-Key", key);
  if (arguments.size() > 2) request.body = arguments[2].dump();
  httplib::Client client(base);
  client.set_read_timeout(60);
  const auto reply = client.send(request);
  if (!reply) return {{"lost", true}};
  return {{"status", reply->status}, {"body", Json::parse(reply->body)}};
}

struct World {
  std::optional<Server> server;
  std::map<std::string, Workspace> workspaces;
  std::map<std::string, std::string> kept;

  /// What the step gives, after it is kept under its `as` if it is a workspace.
  Json take(const Json& step) {
    const Json arguments = filled(step.value("with", Json::array()), kept);
    const Json options = in_snake_case(step.value("options", Json::object()));
    const std::string call = step.at("call");
    const auto argument = [&](std::size_t at) { return arguments.size() > at ? arguments[at] : Json(); };
    const auto text = [&](std::size_t at) { return arguments.size() > at ? arguments[at].get<std::string>() : ""; };
    const auto keep = [&](const Workspace& made) {
      workspaces.insert_or_assign(step.value("as", ""), made);
      return Json();
    };
    if (call == "start") return server = Server::start(options), Json();
    if (call == "stop") return server->stop(), Json();
    if (call == "workspace") return keep(server->workspace(argument(0), options));
    const auto found = workspaces.find(step.value("on", ""));
    if (call == "send") {
      return send(server->url, found == workspaces.end() ? step.value("key", "") : found->second.key, arguments);
    }
    const Workspace& on = found->second;
    if (call == "fork") return keep(on.fork(options.value("key", "")));
    if (call == "reset") return on.reset(), Json();
    if (call == "verify") return on.verify(argument(0), options.value("within", "")), Json();
    if (call == "findings") return on.findings();
    if (call == "requests") return on.requests(options);
    if (call == "credits") return arguments.empty() ? on.credits() : on.credits(argument(0));
    if (call == "settle") return arguments.size() > 1 ? on.settle(text(0), text(1)) : on.settle(text(0));
    if (call == "rules.add")
      return arguments.size() > 1 ? on.rules.add(argument(0), argument(1)) : on.rules.add(argument(0));
    if (call == "clock.manual") return on.clock.manual(text(0));
    if (call == "clock.advance") return on.clock.advance(argument(0));
    if (call == "clock.untilIdle") return on.clock.until_idle();
    if (call == "clock.untilNext") return on.clock.until_next();
    fail("the runner does not know " + call);
  }
};

void run_step(World& world, const Json& step, const std::string& where) {
  Json given;
  std::optional<std::string> failure;
  try {
    given = world.take(step);
  } catch (const Error& error) {
    failure = error.what();
  } catch (const std::exception& error) {
    fail(where + ": no Error: " + error.what());
  }
  if (step.contains("fails")) {
    if (!failure) fail(where + ": did not fail");
    for (const std::string text : step["fails"]) {
      if (failure->find(text) == std::string::npos) fail(where + ": " + text + "\n" + *failure);
    }
    return;
  }
  if (failure) fail(where + ": " + *failure);
  if (step.contains("gives")) assert_has(given, filled(step["gives"], world.kept), where);
  const Json kept = step.value("keep", Json::object());
  for (const auto& [name, pointer] : kept.items()) {
    world.kept[name] = given.at(Json::json_pointer(pointer.get<std::string>()));
  }
}

}  // namespace

int main(int, char** arguments) {
  std::ifstream file(arguments[1]);
  std::size_t steps = 0;
  const Json stories = Json::parse(file).at("stories");
  try {
    for (const Json& story : stories) {
      World world;
      std::size_t number = 0;
      for (const Json& step : story.at("steps")) {
        const std::string at = ", step " + std::to_string(++number) + " (" + step.at("call").get<std::string>() + ")";
        run_step(world, step, story.at("name").get<std::string>() + at);
      }
      steps += number;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  std::printf("%zu stories, %zu steps\n", stories.size(), steps);
  return 0;
}
