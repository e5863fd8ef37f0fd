package dev.nostrtrust.http;

/** A set of routes that belong together. */
@FunctionalInterface
public interface RouteModule {
    void mount(Routes routes);
}
