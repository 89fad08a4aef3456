<?php

declare(strict_types=1);

namespace QameraMock;

use PHPUnit\Framework\AssertionFailedError;
use PHPUnit\Framework\IncompleteTest;
use PHPUnit\Framework\SkippedTest;

/**
 * For test cases of PHPUnit: a workspace of each test's own, and what the server saw in the report of one that failed.
 *
 * All test cases of a process share a server, unless their options differ.
 */
trait UsesQamera
{
    private ?Workspace $qameraWorkspace = null;
    private bool $qameraTold = false;

    /**
     * What `Server::start` is given: override it.
     *
     * @return array<string, mixed>
     */
    protected static function qameraOptions(): array
    {
        return [];
    }

    protected static function qameraServer(): Server
    {
        return Server::shared(...static::qameraOptions());
    }

    /** This test's workspace: the first call makes it, with what `Server::workspace` takes. */
    protected function qamera(mixed ...$asked): Workspace
    {
        if ($this->qameraWorkspace !== null && $asked !== []) {
            throw new QameraMockError('qamera: this test has its workspace already; ask for it without arguments');
        }
        return $this->qameraWorkspace ??= self::qameraServer()->workspace(...$asked);
    }

    /** PHPUnit 10 and newer: what becomes of an exception before it is reported. */
    protected function transformException(\Throwable $t): \Throwable
    {
        return $this->withWhatQameraSaw($t);
    }

    /** PHPUnit 9: the same. */
    protected function onNotSuccessfulTest(\Throwable $t): never
    {
        throw $this->withWhatQameraSaw($t);
    }

    private function withWhatQameraSaw(\Throwable $error): \Throwable
    {
        $isFailure = !$error instanceof SkippedTest && !$error instanceof IncompleteTest;
        if ($this->qameraWorkspace === null || $this->qameraTold || !$isFailure) {
            return $error;
        }
        $this->qameraTold = true;
        if ($error instanceof VerificationError) {  // a failure of the test, no error in it
            $error = new AssertionFailedError($error->getMessage(), 0, $error);
        }
        $message = new \ReflectionProperty($error instanceof \Error ? \Error::class : \Exception::class, 'message');
        $message->setValue($error, ltrim("{$error->getMessage()}\n\n") . self::qameraSaw($this->qameraWorkspace));
        return $error;
    }

    private static function qameraSaw(Workspace $workspace): string
    {
        try {
            $newest = $workspace->requests(limit: 10);
            $findings = $workspace->findings();
        } catch (QameraMockError $error) {
            return "qamera-mock cannot be asked: {$error->getMessage()}";
        }
        $lines = array_map(static fn (array $entry): string => sprintf("  %s  %s %s -> %s%s", $entry['id'],
            $entry['request']['method'], $entry['request']['url'], $entry['response']['status'] ?? 'no reply',
            isset($entry['reason']) ? "  ({$entry['reason']})" : ''), $newest);
        return "qamera-mock, workspace $workspace->id: $findings\nits newest requests:\n"
            . implode("\n", $lines ?: ['  none']);
    }
}
