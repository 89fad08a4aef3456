<?php

// For programs without Composer: require this file.
spl_autoload_register(static function (string $name): void {
    $file = __DIR__ . '/src/' . substr($name, strlen('QameraMock\\')) . '.php';
    if (str_starts_with($name, 'QameraMock\\') && is_file($file)) {
        require $file;
    }
});
