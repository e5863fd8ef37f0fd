package dev.nostrtrust.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Turns an error of a file or directory into a text for users. Pure. */
public final class FileFailure {
    private FileFailure() {}

    /** The reason without Java class names. It contains the file name only if the system gives no other reason. */
    public static String reason(IOException failure) {
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (failure instanceof FileAlreadyExistsException || failure instanceof NotDirectoryException) {
            return "a file is in the place of a directory";
        }
        String said = failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
        return said == null ? failure.toString() : said;
    }

    /** A sentence with the file name, if the error has one. */
    public static String sentence(IOException failure) {
        String file = failure instanceof FileSystemException system ? system.getFile() : null;
        return file == null ? reason(failure) : file + ": " + reason(failure);
    }
}
