#include "cli/command_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cli/command.h"

namespace qamera::cli {
namespace {

constexpr std::array kPassedOn = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH};

/// By number: those that came and are still to be passed on. Set where they are not blocked, which is in `wait` alone.
std::array<volatile std::sig_atomic_t, NSIG> to_pass_on;

/// Ctrl-C is the terminal's word to the whole group of processes, so the command has heard it.
bool is_of_terminal([[maybe_unused]] const siginfo_t& info) {
#ifdef SI_KERNEL
  return info.si_code == SI_KERNEL;
#else
  return info.si_pid == 0;
#endif
}

void note_signal(int number, siginfo_t* info, void*) {
  if (!is_of_terminal(*info)) to_pass_on[static_cast<std::size_t>(number)] = 1;
}

/// Dispositions and mask as this process was given them: the command's.
struct GivenSignals {
  std::array<struct sigaction, kPassedOn.size() + 1> actions{};  ///< the last is SIGCHLD's
  sigset_t mask{};
};
GivenSignals given_signals;

sigset_t taken_signals() {
  sigset_t taken;
  sigemptyset(&taken);
  for (const int number : kPassedOn) sigaddset(&taken, number);
  sigaddset(&taken, SIGCHLD);
  return taken;
}

void take_signals() {
  const sigset_t taken = taken_signals();
  sigprocmask(SIG_BLOCK, &taken, &given_signals.mask);
  struct sigaction action {};
  action.sa_sigaction = note_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_NOCLDSTOP;
  action.sa_mask = taken;
  for (std::size_t i = 0; i < kPassedOn.size(); ++i) sigaction(kPassedOn[i], &action, &given_signals.actions[i]);
  // Whoever ignores it is told of no child's end.
  sigaction(SIGCHLD, &action, &given_signals.actions.back());
}

void give_signals_back() {
  for (std::size_t i = 0; i < kPassedOn.size(); ++i) sigaction(kPassedOn[i], &given_signals.actions[i], nullptr);
  sigaction(SIGCHLD, &given_signals.actions.back(), nullptr);
  sigprocmask(SIG_SETMASK, &given_signals.mask, nullptr);
}

/// What the other end of the pipe writes; "" when that process ends before.
std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 512> buffer;
  for (;;) {
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) return text;
  }
}

std::string why_not_run(const std::string& program, int error) {
  std::error_code ignored;
  const bool is_path = program.find('/') != std::string::npos;
  if (error == ENOENT && !is_path) return "there is no such program in PATH";
  if (error == ENOENT && std::filesystem::exists(program, ignored)) return "the interpreter it names is not there";
  if (error == EACCES && std::filesystem::is_directory(program, ignored)) return "it is a directory";
  if (error == EACCES) return "it is not executable";
  return std::strerror(error);
}

[[noreturn]] void run_command(const std::vector<std::string>& command, int gate, [[maybe_unused]] pid_t parent) {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(0);  // it was too late for the signal
#endif
  give_signals_back();
  const std::string url = read_all(gate);
  if (url.empty()) _exit(0);
  for (const char* name : {"QAMERA_BASE_URL", "QAMERA_MOCK_URL"}) setenv(name, url.c_str(), 1);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  const int error = errno;
  complain("cannot run \"" + command[0] + "\": " + why_not_run(command[0], error));
  _exit(error == ENOENT ? 127 : 126);
}

}  // namespace

Result<std::unique_ptr<CommandProcess>> CommandProcess::create(const std::vector<std::string>& command) {
  const auto failed = [] {
    return Error{ErrorCode::kIo, std::string("cannot make a process for the command: ") + std::strerror(errno), ""};
  };
  int gate[2];
  if (pipe(gate) != 0) return failed();
  for (const int end : gate) fcntl(end, F_SETFD, FD_CLOEXEC);
  take_signals();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    close(gate[1]);
    run_command(command, gate[0], parent);
  }
  const Error error = failed();
  close(gate[0]);
  if (child > 0) return std::unique_ptr<CommandProcess>(new CommandProcess(child, gate[1]));
  close(gate[1]);
  return error;
}

CommandProcess::~CommandProcess() {
  if (child_ != 0) kill(child_, release_ >= 0 ? SIGKILL : SIGTERM);
  if (release_ >= 0) close(release_);
}

void CommandProcess::start(const std::string& url) {
  // Fails when the child has been ended by a signal, which `wait` tells.
  [[maybe_unused]] const auto written = write(release_, url.data(), url.size());
  close(release_);
  release_ = -1;
}

int CommandProcess::wait() {
  sigset_t blocked = given_signals.mask;
  for (const int number : kPassedOn) sigdelset(&blocked, number);
  sigdelset(&blocked, SIGCHLD);
  for (;;) {
    for (const int number : kPassedOn) {
      volatile std::sig_atomic_t& one = to_pass_on[static_cast<std::size_t>(number)];
      if (one) kill(child_, number);
      one = 0;
    }
    int status = 0;
    // As the first process of a container this one is the parent of every orphan.
    for (pid_t ended = waitpid(-1, &status, WNOHANG); ended > 0; ended = waitpid(-1, &status, WNOHANG)) {
      if (ended != child_) continue;
      child_ = 0;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    sigsuspend(&blocked);
  }
}

}  // namespace qamera::cli
