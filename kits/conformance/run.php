<?php

// Usage: php run.php STEPS. Runs the stories of STEPS with the PHP kit that vendor/ beside this file holds.

declare(strict_types=1);

use QameraMock\QameraMockError;
use QameraMock\Server;

require __DIR__ . '/vendor/autoload.php';

/** `${name}` in texts becomes what was kept under that name. */
function filled(mixed $value, array $kept): mixed
{
    if (is_string($value)) {
        return preg_replace_callback('/\$\{(\w+)\}/', static fn (array $found) => $kept[$found[1]], $value);
    }
    return is_array($value) ? array_map(static fn ($one) => filled($one, $kept), $value) : $value;
}

function fail(string $message, ?Throwable $cause = null): never
{
    throw new RuntimeException($message, 0, $cause);
}

/** All of `expected` is in `seen`: objects may have further members. */
function assertHas(mixed $seen, mixed $expected, string $at): void
{
    if (!is_array($expected)) {
        $seen === $expected || fail("$at: expected " . json_encode($expected) . ', was ' . json_encode($seen));
        return;
    }
    if (array_is_list($expected)) {
        $fits = is_array($seen) && array_is_list($seen) && count($seen) === count($expected);
        $fits || fail("$at: " . json_encode($seen));
    }
    foreach ($expected as $name => $one) {
        is_array($seen) && array_key_exists($name, $seen) || fail("$at/$name: " . json_encode($seen));
        assertHas($seen[$name], $one, "$at/$name");
    }
}

function at(mixed $value, string $pointer): mixed
{
    return array_reduce(explode('/', substr($pointer, 1)), static fn ($inner, $name) => $inner[$name], $value);
}

function send(string $base, ?string $key, string $method, string $path, ?array $body = null): array
{
    $headers = ['Content-Type: application/json', 'Connection: close', ...($key === null ? [] : ["X-Api-Key: $key"])];
    $context = stream_context_create(['http' => ['method' => $method, 'header' => $headers, 'protocol_version' => 1.1,
        'content' => $body === null ? '' : json_encode($body), 'ignore_errors' => true, 'timeout' => 60]]);
    $reply = @fopen($base . $path, 'rb', false, $context);
    if ($reply === false) {
        return ['lost' => true];
    }
    $status = (int) explode(' ', stream_get_meta_data($reply)['wrapper_data'][0])[1];
    return ['status' => $status, 'body' => json_decode(stream_get_contents($reply), true, flags: JSON_THROW_ON_ERROR)];
}

function take(array $step, ?Server &$server, array $workspaces, array $kept): mixed
{
    $arguments = [...filled($step['with'] ?? [], $kept), ...($step['options'] ?? [])];
    $workspace = $workspaces[$step['on'] ?? ''] ?? null;
    if ($step['call'] === 'start') {
        $server = Server::start(...$arguments);
        return null;
    }
    if ($step['call'] === 'send') {
        return send($server->url, $workspace?->key ?? $step['key'] ?? null, ...$arguments);
    }
    $names = explode('.', $step['call']);
    $last = array_pop($names);
    $owner = array_reduce($names, static fn ($inner, $name) => $inner->$name, $workspace ?? $server);
    return $owner->$last(...$arguments);
}

function run(array $story): void
{
    [$server, $workspaces, $kept] = [null, [], []];
    foreach ($story['steps'] as $number => $step) {
        $where = "{$story['name']}, step " . ($number + 1) . " ({$step['call']})";
        [$given, $failure] = [null, null];
        try {
            $given = take($step, $server, $workspaces, $kept);
        } catch (QameraMockError $error) {
            $failure = $error;
        }
        if (isset($step['fails'])) {
            $failure || fail("$where: did not fail");
            foreach ($step['fails'] as $text) {
                str_contains($failure->getMessage(), $text) || fail("$where: $text\n{$failure->getMessage()}");
            }
            continue;
        }
        $failure && fail("$where: {$failure->getMessage()}", $failure);
        if (array_key_exists('gives', $step)) {
            assertHas($given, filled($step['gives'], $kept), $where);
        }
        foreach ($step['keep'] ?? [] as $name => $pointer) {
            $kept[$name] = at($given, $pointer);
        }
        if (isset($step['as'])) {
            $workspaces[$step['as']] = $given;
        }
    }
}

$stories = json_decode(file_get_contents($argv[1]), true, flags: JSON_THROW_ON_ERROR)['stories'];
array_map('run', $stories);
$steps = array_sum(array_map(static fn ($story) => count($story['steps']), $stories));
echo count($stories), " stories, $steps steps\n";
