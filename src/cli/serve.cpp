#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "base/memory.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/last_resort.h"
#include "cli/memory_limit.h"
#include "cli/proxy_backend.h"
#include "cli/serve.h"
#include "control/application.h"
#include "edge/server.h"
#include "sim/key.h"
#include "system/file.h"
#include "system/output.h"
#include "system/terminal.h"

namespace qamera::cli {
namespace {

/// The signals that end `serve`.
sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGQUIT}) sigaddset(&signals, number);
  // nohup has it ignored, and a signal that is waited for would end the server all the same.
  struct sigaction hang_up {};
  const bool is_ignored = sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler == SIG_IGN;
  if (!is_ignored) sigaddset(&signals, SIGHUP);
  return signals;
}

/// They are waited for by the main thread; blocked here, before any other thread exists.
void block_signals() {
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // Writing to a socket or pipe whose reader left is an error to handle, not a reason to die.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a recording that reaches the limit of a file's size.
  std::signal(SIGXFSZ, SIG_IGN);
}

/// Has the end of standard input end the server. Whoever starts it with a pipe there is outlived by nothing, however it
/// dies: the system closes its end.
void stop_with_stdin() {
  std::thread([] {
    std::array<char, 256> ignored{};
    for (;;) {
      pollfd input{STDIN_FILENO, POLLIN, 0};
      if (poll(&input, 1, -1) < 0 && errno == EINTR) continue;
      const ssize_t count = ::read(STDIN_FILENO, ignored.data(), ignored.size());
      if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) break;
    }
    kill(getpid(), SIGTERM);
  }).detach();
}

/// Gives followers of the event stream a sign of life now and then.
class Heartbeat {
 public:
  explicit Heartbeat(const journal::Journal& journal) : thread_([this, &journal] { run(journal); }) {}
  ~Heartbeat() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

 private:
  void run(const journal::Journal& journal) {
    constexpr auto kInterval = std::chrono::seconds(15);
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kInterval, [this] { return stopping_; })) journal.heartbeat();
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

/// A scenario by name, or from a file when the text looks like a path or no scenario has the name.
Result<sim::ScenarioPtr> find_scenario(api::ScenarioStore& store, const std::string& name) {
  const bool path = name.find('/') != std::string::npos || std::filesystem::path(name).extension() == ".json";
  if (path && !store.contains(name)) return store.follow_file(name);
  return store.find(name);
}

/// Removes the ready file when the server ends, unless another server has written it since.
class ReadyFile {
 public:
  ReadyFile(std::string path, std::string url) : path_(std::move(path)), url_(std::move(url)) {}
  ReadyFile(const ReadyFile&) = delete;
  ReadyFile& operator=(const ReadyFile&) = delete;
  ~ReadyFile() {
    std::ifstream in(path_);
    std::string line;
    std::error_code ignored;  // nothing depends on it any more
    if (std::getline(in, line) && line == url_) std::filesystem::remove(path_, ignored);
  }

 private:
  const std::string path_;
  const std::string url_;
};

Result<void> announce(const ServeOptions& options, const std::string& url) {
  const int written = options.log == "json"
                          ? std::printf("{\"url\":\"%s\",\"pid\":%ld}\n", url.c_str(), static_cast<long>(getpid()))
                          : std::printf("qamera-mock listening on %s\n", url.c_str());
  if (written > 0 && std::fflush(stdout) == 0) return {};
  return Error{ErrorCode::kIo, "cannot write the ready line to standard output", ""};
}

/// Where to go from here, for somebody who looks at a terminal.
void greet(const ServeOptions& options, const std::string& url, const std::string& scenario) {
  if (options.quiet || options.log == "json" || !is_terminal(STDERR_FILENO)) return;
  const auto say = [](const char* what, const std::string& text) {
    std::fprintf(stderr, "  %-10s %s\n", what, printable(text).c_str());
  };
  if (!options.no_ui) say("dashboard", url + "/__admin/ui/");
  if (!options.upstream.empty()) return say("upstream", options.upstream);
  say("scenario", scenario + ", for keys that name none");
  std::string key = "mk_live_" + scenario + ".try1";
  if (!sim::parse_api_key(key)) key = "mk_live_abc123.try1";
  if (options.auth == "listed")
    say("list a key", "curl " + url + "/__admin/workspaces -d '{\"key\": \"" + key + "\"}'");
  say("try", "curl -H 'X-Api-Key: " + key + "' " + url + "/api/external/products");
}

/// Why the server cannot listen, and what to do about it.
Error with_way_out(Error error) {
  if (error.message.ends_with("already in use")) error.message += "; --port 0 picks a free one";
  return error;
}

control::Application::Options application_options_of(const ServeOptions& options, sim::ScenarioPtr scenario) {
  control::Application::Options made;
  made.workspaces.max_workspaces = options.max_workspaces;
  const std::size_t memory = options.max_memory > 0 ? options.max_memory : default_max_memory();
  made.workspaces.memory = std::make_shared<MemoryBudget>(memory);
  made.workspaces.auth = options.auth == "listed" ? api::Auth::kListed : api::Auth::kAny;
  made.workspaces.default_scenario = std::move(scenario);
  made.workspaces.seed = options.seed;
  made.workspaces.speed = options.speed;
  if (options.clock) {
    made.workspaces.clock_mode = *options.clock == "manual" ? sim::ClockMode::kManual : sim::ClockMode::kReal;
  }
  made.strict = options.strict;
  made.allow_origins = options.allow_origins;
  if (options.assets) {
    made.assets.mode = *options.assets == "served" ? sim::AssetMode::kServed : sim::AssetMode::kDocumented;
  }
  if (!options.public_url.empty())
    made.assets.public_url = assets::AssetUrls::read_public_url(options.public_url).value();
  made.log_requests = !options.quiet;
  made.log_calls = options.log_control;
  made.control.guard.token = options.admin_token == "none" ? std::string() : options.admin_token;
  made.control.guard.host = options.host;
  made.control.guard.allow_hosts = access::AllowedHosts::parse(options.allow_hosts).value();
  made.control.is_proxy = !options.upstream.empty();
  made.control.ui = !options.no_ui;
  made.control.version = QAMERA_MOCK_VERSION;
  made.state_file = options.state;
  made.control.shut_down = [] { kill(getpid(), SIGTERM); };
  return made;
}

/// Whether something occurred that `--fail-on` names; if so, reports it on stderr.
bool failed(const ServeOptions& options, const journal::Journal& journal) {
  const journal::FindingsReport report = journal.findings_ever();
  bool occurred = false;
  for (const std::string& what : options.fail_on) {
    const auto count = what == "findings" ? report.findings() : report.unmatched_requests();
    if (count == 0) continue;
    complain("--fail-on " + what + ": some occurred");
    occurred = true;
  }
  constexpr int kPatience = 200;  // the end must not wait for whoever does not read
  if (occurred) write_within(STDERR_FILENO, journal::to_text(report, 0), kPatience);
  return occurred;
}

Result<journal::Options> journal_options_of(const ServeOptions& options, const Log& log) {
  journal::Options made;
  made.seed = options.seed.value_or(0);
  if (options.record.empty()) return made;
  auto recorder = journal::Recorder::open(options.record, [&log](const journal::RecorderNews& news) {
    const std::string lost = std::to_string(news.lines_lost);
    if (news.failing)
      log.error(news.message, {{"linesLost", lost}});
    else
      log.warning("the recording is written again", {{"linesLost", lost}});
  });
  if (!recorder) return recorder.error();
  made.recorder = *std::move(recorder);
  return made;
}

/// Whichever way the server ends: work under way, and what the upstream owes, is given up while there is still
/// something to answer to.
struct StopsWork {
  ~StopsWork() { stop(); }
  void stop() const {
    pools.stop();
    if (proxy) proxy->stop();
  }
  tasks::Pools& pools;
  ProxyBackend* proxy;
};

/// Whether the recording has every line; says so if not.
bool is_recording_whole(const journal::Journal& journal) {
  const journal::Recorder* recorder = journal.recorder();
  if (!recorder || recorder->counters().lost == 0) return true;
  complain("the recording \"" + recorder->path() + "\" lacks " + std::to_string(recorder->counters().lost) + " lines");
  return false;
}

/// What must not be missed however the server ends. The exit code of `serve`.
int finish(const ServeOptions& options, const journal::Journal& journal, const ProxyBackend* proxy,
           api::StateFile* state_file) {
  const bool recorded = is_recording_whole(journal);
  if (state_file) {
    if (auto saved = state_file->save(); !saved) return refuse(saved.error());
  }
  if (proxy) {
    if (auto saved = proxy->save(); !saved) return refuse(saved.error());
  }
  const bool passed = !failed(options, journal);
  // A file that could not be written outweighs a failed check: whoever reads the rest of it must not take it for whole.
  return !recorded ? kWrongUsage : passed ? kFine : kCheckFailed;
}

/// Says that it listens, and waits until it is to end.
Result<void> wait_for_signal(const ServeOptions& options, const std::string& url, const std::string& scenario) {
  if (options.stop_with_stdin) stop_with_stdin();
  if (auto announced = announce(options, url); !announced) return announced.error();
  greet(options, url, scenario);
  const sigset_t signals = ending_signals();
  int signal = 0;
  sigwait(&signals, &signal);
  return {};
}

Result<void> wait_for_end(const ServerLife& life, const std::string& url, const std::string& scenario,
                          const journal::Journal& journal) {
  const Heartbeat heartbeat(journal);
  return life.wait(url, scenario);
}

/// Of the grace, what open requests have: the rest is for ending.
Duration serving_share(Duration grace) { return grace - std::min(grace / 10, Duration(200)); }

/// The exit code, or why the set-up failed.
Result<int> try_to_serve(const ServeOptions& options, const ServerLife& life) {
  if (auto checked = check_serve_options(options); !checked) return checked.error();
  const Duration grace = parse_duration(options.grace).value();
  block_signals();
  LastResort last_resort;
  memory::install();
  const Log log({.format = options.log == "json" ? LogFormat::kJson : LogFormat::kText,
                 .min_level = options.quiet ? LogLevel::kWarning : LogLevel::kInfo,
                 .color = options.log == "text" && uses_color(options.color, STDERR_FILENO)});
  const contract::Contract contract;
  api::ScenarioStore store(contract, log);
  if (auto loaded = store.load_directory(options.scenarios_directory); !loaded) return loaded.error();
  auto scenario = find_scenario(store, options.scenario);
  if (!scenario) return scenario.error();
  auto journal_options = journal_options_of(options, log);
  if (!journal_options) return journal_options.error();
  journal::Journal journal({.entries = options.journal_entries, .bytes = options.journal_bytes},
                           *std::move(journal_options));
  auto application_options = application_options_of(options, *std::move(scenario));
  std::unique_ptr<ProxyBackend> proxy;
  if (!options.upstream.empty()) {
    auto made = ProxyBackend::create(options, contract, application_options.workspaces.memory);
    if (!made) return made.error();
    proxy = *std::move(made);
    proxy->connect(application_options.proxy);
  }
  tasks::Pools pools;
  application_options.control.pools = &pools;
  control::Application application(std::move(application_options), store, contract, journal, system_time(), log);
  const StopsWork work{pools, proxy.get()};
  api::StateFile* const state_file = application.state_file();
  if (state_file) {
    if (auto loaded = state_file->load(); !loaded) return loaded.error();
  }
  ServerOptions server_options;
  server_options.host = options.host;
  server_options.port = options.port;
  server_options.limits.trusted_prefix = "/__admin/";
  server_options.connections = &application.workspaces().metrics()->connections;
  if (proxy) server_options.reserved_descriptors = proxy->most_descriptors();
  auto server = Server::start(std::move(server_options), application, log);
  if (!server) return with_way_out(server.error());
  const std::string url = (*server)->url();
  if (proxy) {
    if (auto checked = proxy->check_listening((*server)->port()); !checked) return checked.error();
  }
  application.set_url(url);
  std::optional<ReadyFile> ready_file;
  if (!options.ready_file.empty()) {
    ready_file.emplace(options.ready_file, url);
    if (auto written = write_whole("ready file", options.ready_file, url + "\n", FileAccess::kUmask); !written) {
      return written.error();
    }
  }
  const std::string named = application.workspaces().default_scenario()->name;
  if (auto waited = wait_for_end(life, url, named, journal); !waited) return waited.error();
  memory::give_up();
  log.info("stopping: finishing open requests");
  last_resort.arm(grace, [&] {
    const int code = finish(options, journal, proxy.get(), state_file);
    return life.finish ? life.finish(journal.findings_ever(), code) : code;
  });
  journal.end_tails();
  (*server)->stop(serving_share(grace));
  work.stop();  // before the journal is counted
  return last_resort.finish();
}

}  // namespace

int run_server(const ServeOptions& options, const ServerLife& life) {
  try {
    const auto code = try_to_serve(options, life);
    if (code) return *code;
    complain(code.error().message);
  } catch (const std::system_error& error) {
    complain(std::string("cannot start a thread: ") + error.what());
  }
  return kWrongUsage;
}

std::function<int()> add_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  declare_serve_options(app, *options);
  return [options] {
    return run_server(*options, {.wait = [&](const std::string& url, const std::string& scenario) {
      return wait_for_signal(*options, url, scenario);
    }});
  };
}

}  // namespace qamera::cli
