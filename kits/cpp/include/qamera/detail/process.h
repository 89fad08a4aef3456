#pragma once

// The server's process, and what all parts of the kit share.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

extern "C" char** environ;

namespace qamera::mock {

using Json = nlohmann::json;

/// Something that could not be done: a start that failed, a control call that was refused.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, int status = 0) : std::runtime_error(message), status_(status) {}
  /// The HTTP status, where the server refused; else 0.
  int status() const { return status_; }

 private:
  int status_;
};

/// `verify` did not pass. The message is the server's report.
class VerificationError : public Error {
 public:
  using Error::Error;
  /// "failed", or "inconclusive" when the journal no longer holds what it takes to tell.
  std::string verdict() const { return status() == 409 ? "inconclusive" : "failed"; }
};

namespace detail {

inline std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

inline bool is_program(const std::string& path) {
  return !path.empty() && path.back() != '/' && ::access(path.c_str(), X_OK) == 0;
}

inline std::string lasting(const std::string& text) {
  const auto end = text.find_last_not_of(" \t\r\n");
  return end == std::string::npos ? "" : text.substr(0, end + 1);
}

/// Of a path or a query: what has no meaning there.
inline std::string percent_encoded(const std::string& text) {
  std::string encoded;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isalnum(byte) != 0 || std::strchr("-._~", letter) != nullptr) {
      encoded += letter;
    } else {
      encoded += {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15]};
    }
  }
  return encoded;
}

/// A file descriptor that is closed with its owner, and that no program inherits which is started later.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {
    if (number_ >= 0) ::fcntl(number_, F_SETFD, FD_CLOEXEC);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  int number() const { return number_; }

 private:
  int number_;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
#ifdef __linux__
    const int failed = ::pipe2(ends.data(), O_CLOEXEC);  // a thread that forks meanwhile inherits neither end
#else
    const int failed = ::pipe(ends.data());
#endif
    if (failed != 0) throw Error(std::string("qamera-mock cannot be run: ") + std::strerror(errno));
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read;
  Descriptor write;
};

/// {"fail_on": ["findings"], "strict": true} -> --fail-on=findings, --strict
inline std::vector<std::string> flags(const Json& options) {
  std::vector<std::string> found;
  const auto is_plain = [](const Json& one) { return one.is_string() || one.is_number(); };
  const auto text = [](const Json& one) { return one.is_string() ? one.get<std::string>() : one.dump(); };
  for (const auto& [name, value] : options.items()) {
    std::string flag = "--" + name;
    std::replace(flag.begin(), flag.end(), '_', '-');
    if (value.is_null() || value == Json(false)) continue;
    if (value == Json(true)) {
      found.push_back(flag);
      continue;
    }
    const Json values = value.is_array() ? value : Json::array({value});
    if (!std::all_of(values.begin(), values.end(), is_plain)) {
      throw Error("start: \"" + name + "\" is neither text, number, true or false, nor a list of these");
    }
    std::string joined;
    for (const Json& one : values) joined += (joined.empty() ? "" : ",") + text(one);
    found.push_back(flag + "=" + joined);
  }
  return found;
}

}  // namespace detail

/// The path of the server's binary: that of QAMERA_MOCK_BINARY, else the package's. Throws one sentence on what to do.
inline std::string binary_path() {
  const std::string named = detail::setting("QAMERA_MOCK_BINARY");
  if (!named.empty()) {
    if (detail::is_program(named)) return named;
    throw Error("QAMERA_MOCK_BINARY names no program: \"" + named + "\"");
  }
#ifdef QAMERA_MOCK_PACKAGED_BINARY
  if (detail::is_program(QAMERA_MOCK_PACKAGED_BINARY)) return QAMERA_MOCK_PACKAGED_BINARY;
#endif
  throw Error(
      "the package qamera-mock has no binary for this system: build qamera-mock from source and name the binary in "
      "QAMERA_MOCK_BINARY, or name a running server, such as the image, in QAMERA_MOCK_URL");
}

namespace detail {

/// The process of a server that was started here.
class Process {
 public:
  explicit Process(const Json& options) {
    Json all = {{"port", 0}, {"quiet", true}};
    all.update(options);
    // The pipe on standard input ends with this process, and the server with it.
    std::vector<std::string> words{binary_path(), "serve", "--stop-with-stdin"};
    for (std::string& flag : flags(all)) words.push_back(std::move(flag));
    Pipe input;
    Pipe output;
    if (all["quiet"] == Json(true)) log_.reset(std::tmpfile());
    if (log_) ::fcntl(::fileno(log_.get()), F_SETFD, FD_CLOEXEC);
    spawn(words, input.read.number(), output.write.number());
    input_ = std::move(input.write);
    output_ = std::move(output.read);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    const std::lock_guard lock(mutex_);
    if (how_.empty()) end(SIGTERM);
  }

  /// The URL of the ready line.
  std::string ready() {
    std::string line;
    for (char letter = 0; letter != '\n';) {
      const ssize_t count = ::read(output_.number(), &letter, 1);
      if (count == 0 || (count < 0 && errno != EINTR)) break;
      if (count > 0) line += letter;
    }
    for (const std::string start : {"qamera-mock listening on ", "{\"url\":\""}) {
      const auto size = line.find_first_of(" \"\n", start.size());
      if (line.compare(0, start.size(), start) == 0 && size != std::string::npos) {
        return line.substr(start.size(), size - start.size());
      }
    }
    const std::lock_guard lock(mutex_);
    end(line.empty() ? 0 : SIGKILL);
    throw Error(how_);
  }

  /// How it ended and what it said, "" while it runs. One that refuses connections is about to end.
  std::string explain(bool has_refused) {
    const std::lock_guard lock(mutex_);
    if (how_.empty()) {
      pollfd hangup{output_.number(), 0, 0};
      // Bounded, since a connection may fail for another reason.
      if (has_refused && ::poll(&hangup, 1, 10'000) == 1) reap(0);
      if (how_.empty()) reap(WNOHANG);
    }
    return how_;
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    if (!how_.empty()) return;
    end(SIGTERM);
    if (!is_well_) throw Error(how_);
  }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void spawn(const std::vector<std::string>& words, int input, int output) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (log_) posix_spawn_file_actions_adddup2(&actions, ::fileno(log_.get()), 2);
    const int failed = posix_spawn(&child_, words[0].c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw Error(std::string("qamera-mock cannot be run: ") + std::strerror(failed));
  }

  void end(int signal) {
    if (signal != 0) ::kill(child_, signal);
    reap(0);
  }

  void reap(int options) {
    int status = 0;
    pid_t reaped = 0;
    do {
      reaped = ::waitpid(child_, &status, options);
    } while (reaped < 0 && errno == EINTR);
    if (reaped == 0) return;
    is_well_ = reaped == child_ && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (reaped != child_) {
      how_ = "qamera-mock ended, and another part of this program has taken its exit code";
    } else if (WIFSIGNALED(status)) {
      how_ = "qamera-mock ended with signal " + std::to_string(WTERMSIG(status));
    } else {
      how_ = "qamera-mock ended with exit code " + std::to_string(WEXITSTATUS(status));
    }
    const std::string told = log();
    if (!told.empty()) how_ += ": " + told;
    input_.close();
    output_.close();
    log_.reset();
  }

  std::string log() const {
    constexpr off_t kMost = 64 * 1024;
    if (!log_) return "";
    const off_t size = ::lseek(::fileno(log_.get()), 0, SEEK_END);
    std::string text(static_cast<std::size_t>(std::clamp<off_t>(size, 0, kMost)), '\0');
    const ssize_t count = ::pread(::fileno(log_.get()), text.data(), text.size(), std::max<off_t>(0, size - kMost));
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, count)));
    return lasting(text);
  }

  std::mutex mutex_;
  pid_t child_ = 0;
  Descriptor input_;
  Descriptor output_;
  std::unique_ptr<std::FILE, Closer> log_;
  std::string how_;  // "" while it runs
  bool is_well_ = false;
};

}  // namespace detail

}  // namespace qamera::mock
