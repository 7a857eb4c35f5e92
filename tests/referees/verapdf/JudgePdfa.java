import java.io.File;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * Judges files by the veraPDF engine. Arguments: a flavour (2b, 1b), the files to be held against
 * it, another flavour, more files. One line each: the path, a tab, PASS or FAIL with the clauses.
 */
public final class JudgePdfa {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.NO_FLAVOUR;
        for (String argument : arguments) {
            PDFAFlavour named = PDFAFlavour.byFlavourId(argument);
            if (named == PDFAFlavour.NO_FLAVOUR) {
                System.out.println(argument + "\t" + judge(new File(argument), flavour));
            } else {
                flavour = named;
            }
        }
    }

    private static String judge(File file, PDFAFlavour flavour) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(file, flavour);
                PDFAValidator validator =
                        Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            StringBuilder verdict = new StringBuilder(result.isCompliant() ? "PASS" : "FAIL");
            result.getTestAssertions().forEach(failed -> verdict
                    .append(" [").append(failed.getRuleId().getClause())
                    .append('-').append(failed.getRuleId().getTestNumber())
                    .append(' ').append(failed.getErrorMessage()).append(']'));
            return verdict.toString();
        }
    }
}
